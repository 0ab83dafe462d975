# Part of Integration Hub. License LGPL-3.0 or later.
"""The flows on offer between HubSpot and Odoo."""

from __future__ import annotations

from ...connector import FlowTemplate

_CHANGES = ("creation", "propertyChange", "deletion", "restore", "merge", "associationChange")
_ADDRESS_FIELDS = ("street", "street2", "city", "zip", "state_id", "country_id")

FLOW_TEMPLATES = (
    FlowTemplate(
        key="contacts_out",
        title="Contacts → HubSpot contacts",
        help="Every person in Odoo who has an e-mail address becomes a HubSpot contact, and later changes follow. "
        "HubSpot knows a contact by its e-mail address: one that exists already is updated. Who is on the blacklist is "
        "unsubscribed there too.",
        direction="outbound",
        object_type="contact",
        entity="contact",
        mapping="contact_out",
        model="res.partner",
        trigger_fields=(
            "name",
            "email",
            "phone",
            *_ADDRESS_FIELDS,
            "website",
            "function",
            "parent_id",
            "comment",
            "is_blacklisted",
        ),
        domain="[('is_company', '=', False), ('email', '!=', False)]",
    ),
    FlowTemplate(
        key="contacts_in",
        title="HubSpot contacts → Contacts",
        help="Every HubSpot contact becomes a contact in Odoo, below its company, and later changes follow. One that "
        "is deleted, or merged into another, is archived. Who unsubscribes is put on the blacklist.",
        direction="inbound",
        object_type="contact",
        entity="contact",
        mapping="contact_in",
        contract="contact",
        model="res.partner",
        topics=(*(f"contact.{change}" for change in _CHANGES), "contact.privacyDeletion"),
        when_deleted="archive",
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
        help="Every HubSpot company becomes a company in Odoo, and later changes follow. One that is deleted, or "
        "merged into another, is archived.",
        direction="inbound",
        object_type="company",
        entity="company",
        mapping="company_in",
        contract="company",
        model="res.partner",
        topics=tuple(f"company.{change}" for change in _CHANGES if change != "associationChange"),
        when_deleted="archive",
    ),
    FlowTemplate(
        key="deals_in",
        title="HubSpot deals → Opportunities",
        help="Every HubSpot deal becomes an opportunity of its contact or company, and later changes follow: won, "
        "lost, open again.",
        direction="inbound",
        object_type="deal",
        entity="deal",
        mapping="deal_in",
        contract="deal",
        model="crm.lead",
        app="crm",
        topics=tuple(f"deal.{change}" for change in _CHANGES),
        when_deleted="archive",
    ),
    FlowTemplate(
        key="deals_out",
        title="Opportunities → HubSpot deals",
        help="Every opportunity in Odoo becomes a HubSpot deal of its contact and company, and later changes follow: "
        "amount, close date, stage, won, lost. The mapping says which stage is which: look at it first.",
        direction="outbound",
        object_type="deal",
        entity="deal",
        mapping="deal_out",
        model="crm.lead",
        app="crm",
        trigger_fields=(
            "name",
            "expected_revenue",
            "stage_id",
            "won_status",
            "date_deadline",
            "description",
            "partner_id",
        ),
        domain="[('type', '=', 'opportunity')]",
        optional=True,
    ),
)
