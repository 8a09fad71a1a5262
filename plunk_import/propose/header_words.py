"""Words of headers, in five languages: of joining a list and leaving it, of mail, of other matters.

Patterns are for names in lower case, without accents, their parts separated by spaces.
"""

import re

LEFT = (
    # English
    *(
        r"unsub(?:s\b|\b)",
        r"unsubscri(?:bed?|ptions?)?",
        r"opt(?:ed)? ?outs?",
        r"do ?not ?e ?mail\b",
    ),
    *(
        r"(?:do )?not (?:allow|send|want) (?:bulk )?e ?mails?",
        r"do ?not ?bulk ?e ?mail",
        r"donotsendmm",
    ),
    *(r"do not (?:contact|market)", r"do not send", r"(?:black|block) ?list(?:ed)?\b"),
    *(r"no (?:bulk )?(?:e ?mails?|marketing|newsletters?|promotions?)\b", r"disable e ?mails?"),
    r"(?:mails?|marketing|newsletters?) (?:disabled|off|stopped|declined|suspended|paused)",
    r"\bstop (?:e ?)?(?:mail(?:s|ings?)?|newsletters?|marketing)\b",
    r"exclu(?:ded?|sion) from (?:campaigns?|marketing|mailings?|e ?mails?)",
    r"(?:mails?|marketing|campaigns?) (?:is |are )?(?:excluded|blocked|prohibited|forbidden)",
    r"\bnever (?:e ?mail|contact)\b",
    *(r"\bdon t (?:e ?mail|market|contact|send)", r"\brequests? no (?:e ?)?mails?\b"),
    *(r"\bno contact\b", r"\bno e ?mail contact\b"),
    r"(?:remove|suppress)(?:d|ed)? from (?:the |our |all )?(?:mailings?|e ?mails?|newsletters?)",
    # German
    *(
        r"abbestell(?:t|ung)?",
        r"abgemeldet",
        r"abmeld(?:ung|en)",
        r"ausgetragen",
        r"widerruf(?:en)?",
    ),
    *(r"widerspr[uo]ch(?:en)?", r"werbe ?(?:sperre|verbot|stopp?)"),
    r"(?:newsletter|mail|mailing) ?sperre",
    r"(?:mails?|werbung|newsletter) (?:nicht|un) ?(?:zulassen|erwunscht|erlaubt|gewunscht)",
    r"(?:mail(?:ing)?s?|werbung|newsletter) (?:abgelehnt|unerwunscht|gesperrt|verboten|untersagt)",
    r"\baustragung",
    r"kein(?:en?)? (?:massen )?(?:werbung|newsletter|e ?mails?|mailings?|werbe ?mails?)",
    *(r"\babmelde\b", r"nicht (?:an ?mailen|anschreiben|kontaktieren|bewerben)\b"),
    # French
    *(r"desabonn(?:ements?|ee?s?)?", r"desinscri(?:te?s?|ptions?)?", r"stop ?pub\b"),
    r"\boppos(?:ee?s?|ition) (?:a|aux?) (?:la |l |les )?(?:e ?mail(?:ing)?s?|newsletter|publicite)",
    *(r"\bne (?:plus|pas) (?:recevoir|contacter|envoyer)", r"se desabonner", r"se desinscrire"),
    r"\bn(?:e (?:veut|souhaite|desire)| accepte)(?: pas)?\b",
    r"\bne pas\b",
    r"exclu(?:e|re|s)? des? (?:e ?mail(?:ing)?s?|campagnes?|mailings?|newsletters?|envois?)",
    r"\bpas d e ?mail(?:s|ings?)?\b",
    r"\bpas de (?:newsletters?|infolettres?|mails?|e ?mails?|pub(?:licite)?)\b",
    r"\brefus(?:e|er)? (?:les |la |de |des |d )?(?:e ?mail(?:s|ings?)?|mails?|newsletters?)",
    r"\brefus(?:e|er)? (?:les |la |de |des |d )?(?:publicite|prospection|offres|promotions)",
    # Dutch
    *(r"\buitschrijf\b", r"\bafmeld\b", r"niet (?:contacteren|aanschrijven|benaderen)\b"),
    *(r"uitgeschreven", r"afgemeld", r"uitschrijv(?:ing|en)", r"afmeld(?:ing|en)", r"niet mailen"),
    r"nieuwsbrief (?:opgezegd|stopgezet)",
    r"\bniet (?:toestaan|toegestaan|versturen|sturen|verzenden)\b",
    r"geen (?:commerciele )?(?:nieuwsbrie(?:f|ven)|(?:e ?)?mail(?:s|ings?)?|reclame)\b",
    # Spanish
    *(
        r"\bdad[oa]s? de baja\b",
        r"^baja$",
        r"\bbaja (?:(?:de|del|en|al) )?(?:la )?(?:newsletter|boletin)",
        r"desuscri(?:t[oa]|pcion)?",
        r"no (?:enviar|contactar|recibir|permitir|autorizar?)\b",
        r"\bbaja (?:de )?(?:e ?mail|comunicaciones|publicidad|envios|correos?)\b",
        r"lista robinson",
    ),
    r"exclui(?:r|d[oa]) del? (?:mailing|correos?|boletin|newsletter|envios?|campanas?)",
    r"\boposicion (?:a )?(?:la )?publicidad",
    r"rechaz[ao] (?:la |el )?(?:publicidad|correos?|boletin|newsletter)",
    r"no (?:desea|quiere|acepta) (?:recibir|correos?|publicidad)",
)
MAY_HAVE_LEFT = (
    r"\bbaja\b",
    r"do ?not ?mail\b",
    r"suppress(?:ed|ions?)?\b",
    r"\boptout\b",
    r"\bexcluded?\b",
    r"\bopposition\b",
)
JOINED = (
    # English
    *(
        r"\bjoin(?:ed)? (?:our |the )?(?:mailing ?list|newsletter)",
        r"\be ?mail updates\b",
        r"newsletter ?sign ?up\b",
    ),
    r"(?:offers|promotions|offres|angebote|aanbiedingen)\b.* (?:by|via|par|per) e ?mail",
    r"(?:ofertas|comunicaciones)\b.* por (?:e ?mail|correo)",
    *(r"happy to (?:receive|hear)", r"\bkeep me (?:posted|informed|updated)", r"\bhear from us"),
    r"sign(?:ed)? ?(?:me )?up (?:for|to) (?:our |the |your )?(?:newsletters?|mailing|e ?mails?)",
    *(
        r"newsletter(?: ?abo\b)?",
        r"\bnl\b",
        r"mailing ?list",
        r"\bsubscribed?\b",
        r"\bsubscriber\b",
        r"opt(?:ed)? ?in\b",
    ),
    *(r"(?:receives?|wants?|gets?) .*(?:mails?|newsletters?|offers)", r"marketing emails?"),
    r"(?:mails?|marketing|newsletters?) (?:enabled|active)",
    r"promotional e ?mails\b",
    r"\bsend (?:promotional |marketing )?(?:e ?mails?|newsletters?|offers)",
    *(r"emails? subscribed?\b", r"subscri(?:bed?|ption)\b.* (?:emails?|marketing)\b"),
    # German
    *(r"abonniert", r"abonnieren", r"\babonnent(?:in|en)?\b", r"(?:mails?|werbung) erwunscht"),
    r"werbung per e ?mail",
    r"(?:erhalt|empfangt|wunscht|mochte) .*(?:mail|newsletter|werbung)",
    r"halte(?:n|t)? (?:sie )?mich auf dem laufenden",
    # French
    r"\b(?:me tenir|tenez moi|etre tenue?) informee?s?",
    *(r"\babonne(?:e|es|s)?\b", r"infolettre", r"lettre d info(?:rmations?)?"),
    r"(?:souhaite|veut|desire) recevoir",
    # Dutch
    *(
        r"nieuwsbrief",
        r"geabonneerd",
        r"\babonnees?\b",
        r"nieuwsbrief ?abonnees?\b",
        r"mailinglijst",
        r"ontvangt .*mail",
        r"mails? ontvangen",
        r"wil .*mail",
    ),
    *(r"mag .*mailen", r"mag gemaild worden", r"hou(?:d|dt)? (?:mij|me) op de hoogte"),
    # Spanish
    r"\b(?:mantenerme|mantenganme) informad[oa]",
    *(r"suscrit[oa]s?", r"suscriptora?", r"suscript[oa]", r"\bboletin(?:es)?\b", r"desea recibir"),
    *(
        r"recibir (?:correos?|boletin|publicidad)",
        r"\balta (?:(?:en|a|al) )?(?:el |la )?(?:newsletter|boletin)",
    ),
)
AGREED = (
    # English
    *(r"\baccept(?:s|ed)?\b", r"\benabled\b", r"\bconsent(?:s|ed)?\b", r"\ballow(?:s|ed|ance)?\b"),
    *(r"\bpermi(?:ssions?|tted|ts)\b", r"\bok\b", r"\bagree(?:s|d|ment)?\b", r"\bsubscriptions?\b"),
    # German
    *(r"akzeptiert", r"einwilligung", r"eingewilligt", r"zustimmung", r"zugestimmt", r"erlaubt"),
    *(r"erlaubnis", r"angemeldet", r"anmeldung", r"einverstanden", r"einverstandnis"),
    *(r"abonnement",),
    # French
    *(
        r"\baccept(?:e|er|ation)\b",
        r"\baccord\b",
        r"\bd accord\b",
        r"consentement",
        r"\binscri(?:te?s?|ptions?)\b",
        r"\bautoris(?:e|er|ee|ation)s?\b",
    ),
    # Dutch
    *(
        r"accepteert",
        r"toestemming",
        r"toegestaan",
        r"\btoestaan\b",
        r"ingeschreven",
        r"inschrijving",
        r"aangemeld",
        r"aanmelding",
        r"\bakkoord\b",
    ),
    # Spanish
    *(
        r"\bacept[ao]\b",
        r"consentimiento",
        r"\bautoriz(?:a|o|acion)\b",
        r"\bpermi(?:so|te|tir)\b",
        r"suscripcion",
    ),
)
"""What somebody may have said to anything: sure only where the header names mail as well."""
MAY_HAVE_JOINED = (r"\bmailing\b",)

MAIL = (
    *(
        r"(?<!direct )(?<!postal )mail(?:s|marketing|ing ?lijst|ings?|chimp|poet|erlite|jet|en)?",
        r"newsletter",
        r"nieuwsbrie(?:f|ven)",
        r"infolettre",
        r"\bboletin",
        r"correo",
    ),
    *(r"courriel", r"\bmarketing\b", r"lettre d info"),
)
ADVERTISING = (
    *(
        r"\bpromotion(?:s|al)?\b",
        r"\boffers?\b",
        r"\bnews\b",
        r"\bpromos?\b",
        r"neuigkeiten",
        r"\bactu(?:s|alites?)?\b",
        r"werbung",
        r"\bwerbe",
        r"werbe\b",
    ),
    *(
        r"angebote?\b",
        r"\boffres?\b",
        r"prospection",
        r"nouveautes",
        r"publicite",
        r"reclame",
        r"aanbiedingen",
        r"publicidad",
    ),
    *(r"comunicacion(?:es)?\b", r"communications?\b", r"mitteilung(?:en)?\b", r"mailing\b"),
    *(
        r"\bofertas?\b",
        r"noticias",
        r"novedades",
        r"promociones",
        r"comercial(?:es)?\b",
        r"commercia(?:les?|ux)\b",
        r"commerciele?\b",
    ),
)
_WORDS_OF_NO_WEIGHT = """
is has are be of to the from for by via in on with and or at all any our you your we would like
do does may can this that user users customer customers contact contacts client people person member
members profile status state bulk double single campaign campaigns address addresses channel
channels info information receive receives want wants get gets send
preference preferences setting settings global globally mailings list lists weekly monthly daily
join updates update digital online free website web site app store shop company brand team its it s
add latest new more about please can could will should me my t
flag general buyer checkbox
wc kl hs billing account woocommerce shopify klaviyo cio sendy brevo drip hubspot

hat ist ich wir sie den dem der die das des und oder zu zum zur per von vom beim im am an in
auf mit fur kunde kunden kundin massen empfanger gewunscht erwunscht wunscht wunschen wunsch mochte
mochten erhalten erhalt empfangt empfangen bezieht bekommt erteilt senden zusenden unser unsere
unseren elektronische stand informationen digital digitale digitaler
versand zusendung gerne bitte neu neue neuen
aktuelle firma verein mitglied mitglieder privat regelmassig kostenlos kostenlose

le la les un une des de du au aux par pour sur et ou en nos notre votre mes vos tous toutes je nous
etat statut recevoir recoit envoi envoyer souhaite souhaitez voulez veut veux desire client cliente
clients electronique contacter informations masse nombre est com bons plans mensuelle hebdomadaire
gratuite boutique magasin adherent membre nouvelles ok d s abonner

de het een voor van per op en of aan met ik wij wil wenst graag ontvang ontvangen ontvangt onze
verzending digitale digitaal maandelijkse wekelijkse gratis ontvangen lid leden webshop winkel
gewenst klant klanten ontvanger mag blijft hoogte versturen sturen informatie

el la los las un una por para en con y o al del de nuestro nuestra nuestros nuestras recibe recibir
enviar envio quiere quiero desea deseo dado dada electronico electronicos electronicas estado
cliente su informacion digital mensual semanal gratis tienda socio masivo masivos
"""
NO_WEIGHT = frozenset(_WORDS_OF_NO_WEIGHT.split())
"""Words that do not change what the others say."""
OTHER_CHANNEL_OR_MATTER = re.compile(
    r"sms\b|\bsms|whats ?app|\bfax|fax\b|phone|telef|\bcalls?\b|call\b|\bappels?\b|llamad"
    r"|\bbellen\b|\bpush\b|\bpostal|\bpost\b|\bdirect mail|viber|courrier\b|\banruf|\bbrief\b"
    r"|cookie|\bterms\b|condition|\bagb\b|\bcg[uv]\b|condicion|voorwaarden|privacy|datenschutz"
    r"|tracking|analytics|profil|gdpr|dsgvo|rgpd|\bpaid\b|payant|bezahlt|betaald|premium|trial"
    r"|billing|invoice|rechnung|facture|factuur|factura|\bplan\b|stripe|verif|\bcourse\b|webinar"
    r"|event|\babonnement|partner|partenaire|third part|\btiers\b|derden|tercero|\bsocios?\b"
)
"""What is surely no consent to mail, so that such a column is not named first to a person."""
HOW = re.compile(
    r"pending|request|reminder|\bsource|method|\bcount\b|\bnumber|\bpopup|\bform\b|\breason|\bgrund"
    r"|motif|\breden\b|motivo|\bip\b"
)
"""What tells how somebody subscribed or left, not whether."""
WHEN = re.compile(
    r"\b(?:date|time|timestamp|datetime|at|since|datum|zeitpunkt|tijdstip|fecha|hora|heure)\b"
    r"|(?<=abmelde)(?:datum|zeitpunkt)|(?<=uitschrijf)datum|(?<=afmeld)datum"
)
"""What tells when."""
YES_OR_NO = re.compile(
    r"\b(?:yes (?:or )?no|ja (?:oder )?nein|oui (?:ou )?non|ja (?:of )?nee|si (?:o )?no|[yjos] n)\b"
)
"""The two answers, as headers name them."""
