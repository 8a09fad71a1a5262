"""The parts of a census: each takes judged rows a batch at a time, and gives one part of the plan.

Their memory is bounded, whatever the number of rows: exact while things are few, then a sample or
an approximation that says that it is one.
"""
