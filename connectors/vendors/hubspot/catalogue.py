# Part of Integration Hub. License LGPL-3.0 or later.
"""What a person sees of HubSpot: the fields to fill in, the objects; and the properties read."""

from __future__ import annotations

from dataclasses import replace

from ...connector import Field, Ownership, Proof, Repetition, Scope
from ...rest import Call, Find, Listing, Resource

SETTINGS = (
    Field(
        "access_token",
        "Private app access token",
        "HubSpot → Settings → Integrations → Private Apps → your app → Auth. To sign in to an app instead, enter its "
        "client secret here, and its client id below Advanced.",
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
        "client_id",
        "Client id of an app to sign in to",
        "Of an app with OAuth, where there is no private app: its client secret is entered above in the token's place. "
        "It needs the same scopes.",
        placeholder="7fff1e36-2d40-…",
        advanced=True,
    ),
    Field(
        "account_id",
        "Account number (Hub ID)",
        "For links from Odoo to a record's page in HubSpot: the number in the address of any page there.",
        placeholder="12345678",
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
    Scope(
        "crm.objects.companies.read",
        "companies cannot be read, nor found again",
        ("companies_in", "companies_out", "contacts_in", "deals_in"),
    ),
    Scope("crm.objects.companies.write", "companies cannot be sent to HubSpot", ("companies_out",)),
    Scope("crm.objects.deals.read", "deals cannot be read", ("deals_in",)),
    Scope("crm.objects.deals.write", "deals cannot be sent to HubSpot", ("deals_out",)),
    Scope("communication_preferences.read_write", "HubSpot is not told who wants no mailings", ("contacts_out",)),
)
KEYS_AT = "HubSpot → Settings → Integrations → Private Apps → your app → Scopes → Add new scope → Commit changes."


def sign_in(client_id: str, api: str, sandbox: bool) -> dict[str, str]:
    """How a person signs in to HubSpot for an app, as `auth.build` takes it.

    HubSpot's guide names no PKCE; a server has to ignore parameters that it does not know (RFC 6749 §3.1, §3.2).
    Source: https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide
    """
    return {
        "kind": "oauth_authorization_code",
        "authorize_url": f"{api if sandbox else 'https://app.hubspot.com'}/oauth/authorize",
        "token_url": f"{api}/oauth/v3/token",
        "client_id": client_id,
        "scope": " ".join(scope.name for scope in SCOPES),
        "method": "client_secret_post",
    }


# https://developers.hubspot.com/docs/api/create-and-edit-webhook-subscriptions-in-private-apps: "Managing your private
# app's webhook subscriptions via API is not currently supported."
WEBHOOKS_BY_HAND = (
    "HubSpot lets only people register the webhooks of a private app. In HubSpot open Settings, Integrations, Private "
    "Apps, your app, Edit app, Webhooks: enter this address as the target URL, create a subscription for each of these "
    "events (of propertyChange: for all properties), and commit the changes."
)

# https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm#object-type-ids
OBJECT_TYPE_IDS = {"0-1": "contact", "0-2": "company", "0-3": "deal"}

PLURALS = {"contact": "contacts", "company": "companies", "deal": "deals"}
_ADDRESS = ("address", "city", "state", "zip", "country")

# HubSpot returns a handful of properties unless they are asked for by name. A consultant's mapping may need more:
# `extra_properties` of the settings adds them.
PROPERTIES = {
    "contact": (
        *("firstname", "lastname", "email", "phone", "mobilephone", "jobtitle", "company", "website", "hs_language"),
        *(*_ADDRESS, "hs_country_region_code", "hs_state_code", "hs_email_optout", "associatedcompanyid"),
        *("hs_merged_object_ids", "lastmodifieddate"),
    ),
    "company": (
        *("name", "domain", "website", "phone", "industry", "numberofemployees", "description", "address2"),
        *(*_ADDRESS, "hs_country_code", "hs_state_code", "hs_merged_object_ids", "hs_lastmodifieddate"),
    ),
    "deal": (
        *("dealname", "amount", "deal_currency_code", "dealstage", "pipeline", "closedate", "description"),
        *("hs_is_closed", "hs_is_closed_won", "hs_merged_object_ids", "hs_lastmodifieddate"),
    ),
}

PATHS = {name: f"/crm/v3/objects/{plural}" for name, plural in PLURALS.items()}


# https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm: what was deleted is listed with `archived`,
# as long as it can be restored.
_AFTER = {"kind": "cursor", "param": "after", "cursor": "paging.next.after"}


def _resource(name: str, repetition: Repetition, find: tuple[Find, ...] = ()) -> Resource:
    path, one, properties = PATHS[name], f"{PATHS[name]}/{{id}}", {"properties": f"{{settings.{name}_properties}}"}
    return Resource(
        name=name,
        title=name.title(),
        entity=name,
        id_pattern="[0-9]+",
        version="updatedAt",
        list=Listing(path, items="results"),
        deletions=Listing(
            path, params={"archived": "true", "limit": 100, **properties}, items="results", paginator=_AFTER
        ),
        read=Call(one, params=properties),
        create=Call(path, body={"associations": []}),
        update=Call(one),
        delete=Call(one),
        find=find,
        repetition=repetition,
        dated_by=("createdAt",),
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
    _resource("deal", "hold"),
)
MARKED = (
    RESOURCES[0],
    replace(RESOURCES[1], repetition="upsert", create=Call(f"{PATHS['company']}/batch/upsert", item="results[0]")),
    RESOURCES[2],
)
"""The same where companies carry Odoo's mark."""
OBJECTS = frozenset(resource.name for resource in RESOURCES)

PROOFS = (
    Proof(
        "sandbox",
        "Contacts, companies and deals read, written, associated, searched, merged, deleted and told by webhook, "
        "against this project's imitation of an account, whose answers are checked against HubSpot's published "
        "descriptions.",
    ),
)

# Both sides work with contacts and deals, so that nobody's change may be lost untold where it counts most: under which
# address a person is written to, and what a forecast is made of. Who unsubscribes anywhere has unsubscribed.
OWNERSHIP = (
    Ownership("res.partner", both=("email", "unsubscribe")),
    Ownership("crm.lead", both=("expected_revenue", "date_deadline", "partner_id", "win", "lose")),
)
