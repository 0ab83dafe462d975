# Part of Integration Hub. License LGPL-3.0 or later.
"""What a person sees of HubSpot: the fields to fill in, the objects, the flows on offer; and the properties read."""

from __future__ import annotations

from dataclasses import replace

from ...connector import Field, FlowTemplate, Proof, Repetition, Scope
from ...rest import Call, Find, Listing, Resource

SETTINGS = (
    Field(
        "access_token",
        "Private app access token",
        "HubSpot → Settings → Integrations → Private Apps → your app → Auth.",
        required=True,
        secret=True,
        placeholder="pat-eu1-…",
        purpose="api_credential",
    ),
    Field(
        "client_secret",
        "Client secret",
        "Shown beside the access token. Verifies the webhooks that HubSpot sends.",
        secret=True,
        purpose="webhook_secret",
    ),
    Field(
        "extra_properties",
        "More properties to read",
        "Internal names of further properties that your mappings use, separated by commas.",
        placeholder="lifecyclestage, customer_number",
        advanced=True,
    ),
    Field(
        "company_key",
        "Company property for Odoo's mark",
        "Internal name of a company property that requires unique values. With it no company is created twice when an "
        "answer of HubSpot is lost; without it a person is asked then. Needs the scope crm.schemas.companies.read.",
        placeholder="odoo_key",
        advanced=True,
    ),
    Field(
        "api_url",
        "API address",
        "Only for a sandbox or a proxy: replaces https://api.hubapi.com.",
        placeholder="https://api.hubapi.com",
        advanced=True,
    ),
)

# https://developers.hubspot.com/docs/guides/apps/authentication/scopes
SCOPES = (
    Scope("crm.objects.contacts.read", "contacts cannot be read, nor found again", ("contacts_in", "contacts_out")),
    Scope("crm.objects.contacts.write", "contacts cannot be sent to HubSpot", ("contacts_out",)),
    Scope("crm.objects.companies.read", "companies cannot be read, nor found again", ("companies_in", "companies_out")),
    Scope("crm.objects.companies.write", "companies cannot be sent to HubSpot", ("companies_out",)),
)
KEYS_AT = "HubSpot → Settings → Integrations → Private Apps → your app → Scopes → Add new scope → Commit changes."

# https://developers.hubspot.com/docs/api/create-and-edit-webhook-subscriptions-in-private-apps: "Managing your private
# app's webhook subscriptions via API is not currently supported."
WEBHOOKS_BY_HAND = (
    "HubSpot lets only people register the webhooks of a private app. In HubSpot open Settings, Integrations, Private "
    "Apps, your app, Edit app, Webhooks: enter this address as the target URL, create a subscription for each of these "
    "events (of propertyChange: for all properties), and commit the changes."
)

# https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm#object-type-ids
OBJECT_TYPE_IDS = {"0-1": "contact", "0-2": "company"}

_ADDRESS = ("address", "city", "state", "zip", "country")

# HubSpot returns a handful of properties unless they are asked for by name. A consultant's mapping may need more:
# `extra_properties` of the settings adds them.
PROPERTIES = {
    "contact": (
        *("firstname", "lastname", "email", "phone", "mobilephone", "jobtitle", "company", "website", "hs_language"),
        *(*_ADDRESS, "hs_country_region_code", "hs_state_code", "lastmodifieddate"),
    ),
    "company": (
        *("name", "domain", "website", "phone", "industry", "numberofemployees", "description", "address2"),
        *(*_ADDRESS, "hs_country_code", "hs_state_code", "hs_lastmodifieddate"),
    ),
}

PATHS = {"contact": "/crm/v3/objects/contacts", "company": "/crm/v3/objects/companies"}


def _resource(name: str, repetition: Repetition, find: tuple[Find, ...] = ()) -> Resource:
    path, one, properties = PATHS[name], f"{PATHS[name]}/{{id}}", {"properties": f"{{settings.{name}_properties}}"}
    return Resource(
        name=name,
        title=name.title(),
        entity=name,
        id_pattern="[0-9]+",
        version="updatedAt",
        list=Listing(path, items="results"),
        read=Call(one, params=properties),
        create=Call(path, body={"associations": []}),
        update=Call(one),
        delete=Call(one),
        find=find,
        repetition=repetition,
    )


def _search(*filters: dict[str, str]) -> Find:
    wanted = {"filterGroups": [{"filters": list(filters)}], "sorts": [], "properties": ["name", "domain"]}
    return Find(f"{PATHS['company']}/search", "POST", json={**wanted, "limit": 2, "after": "0"}, items="results")


# HubSpot knows a contact by its e-mail address, and refuses a second one. It lets several companies have one domain: a
# company is looked for by its domain, or without one by its name, so that one which is there already is adopted. But
# what was just created appears in searches up to half a minute later, so that a search is no proof that a lost creation
# took no effect. That proof is a property with unique values, where the account has one.
RESOURCES = (
    _resource("contact", "upsert"),
    _resource(
        "company",
        "hold",
        find=(
            _search({"propertyName": "domain", "operator": "EQ", "value": "{payload.properties.domain}"}),
            _search(
                {"propertyName": "name", "operator": "EQ", "value": "{payload.properties.name}"},
                {"propertyName": "domain", "operator": "NOT_HAS_PROPERTY"},
            ),
        ),
    ),
)
MARKED = (
    RESOURCES[0],
    replace(RESOURCES[1], repetition="upsert", create=Call(f"{PATHS['company']}/batch/upsert", item="results[0]")),
)
"""The same where companies carry Odoo's mark."""
OBJECTS = frozenset(resource.name for resource in RESOURCES)

PROOFS = (
    Proof(
        "sandbox",
        "Contacts and companies read, written, searched and told by webhook, against this project's imitation of an "
        "account, whose answers are checked against HubSpot's published descriptions.",
    ),
)

_CHANGES = ("creation", "propertyChange", "deletion", "privacyDeletion", "restore", "merge")
_ADDRESS_FIELDS = ("street", "street2", "city", "zip", "state_id", "country_id")

FLOW_TEMPLATES = (
    FlowTemplate(
        key="contacts_out",
        title="Contacts → HubSpot contacts",
        help="Every person in Odoo who has an e-mail address becomes a HubSpot contact, and later changes follow. "
        "HubSpot knows a contact by its e-mail address: one that exists already is updated.",
        direction="outbound",
        object_type="contact",
        entity="contact",
        mapping="contact_out",
        model="res.partner",
        trigger_fields=("name", "email", "phone", *_ADDRESS_FIELDS, "website", "function", "parent_id", "comment"),
        domain="[('is_company', '=', False), ('email', '!=', False)]",
    ),
    FlowTemplate(
        key="contacts_in",
        title="HubSpot contacts → Contacts",
        help="Every HubSpot contact becomes a contact in Odoo, and later changes follow.",
        direction="inbound",
        object_type="contact",
        entity="contact",
        mapping="contact_in",
        contract="contact",
        model="res.partner",
        topics=tuple(f"contact.{change}" for change in _CHANGES),
    ),
    FlowTemplate(
        key="companies_out",
        title="Companies → HubSpot companies",
        help="Every company in Odoo becomes a HubSpot company, and later changes follow. A company that HubSpot "
        "already has under the same domain is updated.",
        direction="outbound",
        object_type="company",
        entity="company",
        mapping="company_out",
        model="res.partner",
        trigger_fields=("name", "phone", *_ADDRESS_FIELDS, "website", "comment"),
        domain="[('is_company', '=', True)]",
    ),
    FlowTemplate(
        key="companies_in",
        title="HubSpot companies → Companies",
        help="Every HubSpot company becomes a company in Odoo, and later changes follow.",
        direction="inbound",
        object_type="company",
        entity="company",
        mapping="company_in",
        contract="company",
        model="res.partner",
        topics=tuple(f"company.{change}" for change in _CHANGES if change != "privacyDeletion"),
    ),
)
