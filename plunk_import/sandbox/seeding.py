"""Puts into a store what its project is to hold from the start."""

from plunk_import.sandbox.project import SeededContact
from plunk_import.sandbox.settings import Profile, SandboxSettings
from plunk_import.sandbox.store import Store


def seed(store: Store, settings: SandboxSettings) -> None:
    """Add the settings' workflows, contacts and segments; what is there already stays as it is.

    Contacts that belong to a segment from the start do not enter it: no event is recorded.
    """
    for event in settings.workflows:
        store.workflows.ensure(event)
    project = settings.project
    for workflow in project.workflows:
        if store.workflows.find(workflow.name) is None:
            store.workflows.add(
                workflow.event,
                name=workflow.name,
                enabled=workflow.enabled,
                allow_reentry=workflow.allow_reentry,
                steps=workflow.steps,
            )
    for contact in project.contacts:
        _seed_contact(store, contact, settings.profile)
    for segment in project.segments:
        if store.segments.find(segment.name) is None:
            store.segments.add(segment)


def _seed_contact(store: Store, contact: SeededContact, profile: Profile) -> None:
    email = contact.email
    if profile is Profile.NEWEST:  # read from source: a trigger in the database sees to it
        email = email.strip().lower()
    known = store.find_contact(email)
    contact_id = (
        known.id
        if known
        else store.create_contact(email, dict(contact.data) or None, subscribed=contact.subscribed)
    )
    for name in contact.waits_in:
        workflow_id = store.workflows.find(name)
        assert workflow_id is not None  # noqa: S101 - the project has checked it
        store.workflows.place(workflow_id, contact_id)
