# Part of Integration Hub. License LGPL-3.0 or later.
"""The properties of contacts and companies, and which values they take.

Source: knowledge.hubspot.com, *HubSpot's default contact properties* and *…company properties*; a subset.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LIFECYCLE = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist",
    "other",
)  # fmt: skip
LEAD_STATUS = (
    "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING",
)  # fmt: skip
COMPANY_TYPES = ("PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER")
_INDUSTRIES = """
ACCOUNTING AIRLINES_AVIATION APPAREL_FASHION ARCHITECTURE_PLANNING ARTS_AND_CRAFTS AUTOMOTIVE
BANKING BIOTECHNOLOGY BUILDING_MATERIALS BUSINESS_SUPPLIES_AND_EQUIPMENT CHEMICALS CIVIL_ENGINEERING
COMPUTER_HARDWARE COMPUTER_SOFTWARE CONSTRUCTION CONSUMER_ELECTRONICS CONSUMER_GOODS
CONSUMER_SERVICES COSMETICS DESIGN E_LEARNING EDUCATION_MANAGEMENT ENVIRONMENTAL_SERVICES
EVENTS_SERVICES FARMING FINANCIAL_SERVICES FOOD_BEVERAGES FOOD_PRODUCTION FURNITURE
GOVERNMENT_ADMINISTRATION HEALTH_WELLNESS_AND_FITNESS HIGHER_EDUCATION HOSPITAL_HEALTH_CARE
HOSPITALITY HUMAN_RESOURCES IMPORT_AND_EXPORT INDUSTRIAL_AUTOMATION
INFORMATION_TECHNOLOGY_AND_SERVICES INSURANCE INTERNET LAW_PRACTICE LEGAL_SERVICES
LEISURE_TRAVEL_TOURISM LOGISTICS_AND_SUPPLY_CHAIN MACHINERY MANAGEMENT_CONSULTING MARITIME
MARKETING_AND_ADVERTISING MECHANICAL_OR_INDUSTRIAL_ENGINEERING MEDICAL_DEVICES MINING_METALS
MOTION_PICTURES_AND_FILM MUSIC OIL_ENERGY OUTSOURCING_OFFSHORING PACKAGE_FREIGHT_DELIVERY
PAPER_FOREST_PRODUCTS PHARMACEUTICALS PHOTOGRAPHY PLASTICS PRINTING PROFESSIONAL_TRAINING_COACHING
PUBLISHING REAL_ESTATE RECREATIONAL_FACILITIES_AND_SERVICES RENEWABLES_ENVIRONMENT RESEARCH
RESTAURANTS RETAIL SPORTING_GOODS SPORTS STAFFING_AND_RECRUITING TELECOMMUNICATIONS TEXTILES
TRANSPORTATION_TRUCKING_RAILROAD UTILITIES VENTURE_CAPITAL_PRIVATE_EQUITY WAREHOUSING WHOLESALE
WINE_AND_SPIRITS WIRELESS WRITING_AND_EDITING
"""
INDUSTRIES = tuple(_INDUSTRIES.split())
_EMAIL = re.compile(r"[^@\s,;<>()\"]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")


@dataclass(frozen=True)
class Property:
    """A property's definition; `kind` is HubSpot's type, with "email" and "language" apart for their own checks."""

    name: str
    label: str
    kind: str = "string"
    options: tuple[str, ...] = ()
    read_only: bool = False
    unique: bool = False

    def describe(self) -> dict[str, Any]:
        """The definition as /crm/v3/properties answers it."""
        kind = {"email": "string", "language": "enumeration"}.get(self.kind, self.kind)
        options = [
            {"label": option, "value": option, "displayOrder": index, "hidden": False}
            for index, option in enumerate(self.options)
        ]
        field = {"enumeration": "select", "number": "number", "datetime": "date"}.get(kind, "text")
        return {
            "name": self.name,
            "label": self.label,
            "type": kind,
            "fieldType": field,
            "description": "",
            "groupName": "information",
            "options": options,
            "hasUniqueValue": self.unique,
            "formField": not self.read_only,
            "modificationMetadata": {"readOnlyValue": self.read_only, "archivable": True, "readOnlyDefinition": True},
        }

    def problem(self, value: str) -> tuple[str, str] | None:
        """What is wrong with a value that is not empty: (code, message), or None."""
        if self.read_only:
            return "READ_ONLY_VALUE", f'"{self.name}" is a read only property; its value cannot be set'
        return _CHECKS.get(self.kind, _anything)(self, value)


def _email(_: Property, value: str) -> tuple[str, str] | None:
    return None if _EMAIL.fullmatch(value) else ("INVALID_EMAIL", f"Email address {value} is invalid")


def _number(_: Property, value: str) -> tuple[str, str] | None:
    try:
        good = math.isfinite(float(value))
    except ValueError:
        good = False
    return None if good else ("INVALID_DOUBLE", f"{value} was not a valid number.")


def _option(definition: Property, value: str) -> tuple[str, str] | None:
    if value in definition.options:
        return None
    return "INVALID_OPTION", f"{value} was not one of the allowed options: {list(definition.options)}"


def _language(_: Property, value: str) -> tuple[str, str] | None:
    return None if _LANGUAGE.fullmatch(value) else ("INVALID_OPTION", f"{value} was not one of the allowed options")


def _datetime(_: Property, value: str) -> tuple[str, str] | None:
    try:
        int(value) if value.lstrip("-").isdigit() else datetime.fromisoformat(value)
    except ValueError:
        return "INVALID_LONG", f"{value} was not a valid long."
    return None


def _anything(_: Property, value: str) -> tuple[str, str] | None:
    if len(value) > 65536:
        return "PROPERTY_VALUE_TOO_LONG", "The value is longer than 65536 characters."
    return None


_CHECKS: Mapping[str, Callable[[Property, str], tuple[str, str] | None]] = {
    "email": _email,
    "number": _number,
    "enumeration": _option,
    "language": _language,
    "datetime": _datetime,
}


def _texts(*names: str) -> list[Property]:
    return [Property(name, name.removeprefix("hs_").replace("_", " ").capitalize()) for name in names]


_SYSTEM = [
    Property("hs_object_id", "Record ID", "number", read_only=True),
    Property("createdate", "Create date", "datetime", read_only=True),
]
_PLACE = ("phone", "website", "address", "city", "state", "zip", "country", "hs_state_code", "timezone")

CONTACT = [
    *_SYSTEM,
    Property("lastmodifieddate", "Last modified date", "datetime", read_only=True),
    Property("email", "Email", "email", unique=True),
    *_texts("firstname", "lastname", "company", "jobtitle", "mobilephone", "fax", "salutation", "message", "industry"),
    *_texts(*_PLACE, "hs_country_region_code", "hs_linkedin_url", "twitterhandle", "date_of_birth", "annualrevenue"),
    Property("hs_additional_emails", "Additional email addresses"),
    Property("hs_language", "Preferred language", "language"),
    Property("hs_timezone", "Time zone"),
    Property("lifecyclestage", "Lifecycle stage", "enumeration", LIFECYCLE),
    Property("hs_lead_status", "Lead status", "enumeration", LEAD_STATUS),
    Property("hubspot_owner_id", "Contact owner"),
    Property("associatedcompanyid", "Primary associated company ID", "number"),
]
COMPANY = [
    *_SYSTEM,
    Property("hs_lastmodifieddate", "Last modified date", "datetime", read_only=True),
    *_texts("name", "domain", "description", "about_us", "address2", "founded_year", "linkedin_company_page"),
    *_texts(*_PLACE, "hs_country_code", "hs_additional_domains", "twitterhandle", "hubspot_owner_id"),
    Property("industry", "Industry", "enumeration", INDUSTRIES),
    Property("type", "Type", "enumeration", COMPANY_TYPES),
    Property("lifecyclestage", "Lifecycle stage", "enumeration", LIFECYCLE),
    Property("hs_lead_status", "Lead status", "enumeration", LEAD_STATUS),
    Property("numberofemployees", "Number of employees", "number"),
    Property("annualrevenue", "Annual revenue", "number"),
]
DEFINITIONS = {
    "contact": {definition.name: definition for definition in CONTACT},
    "company": {definition.name: definition for definition in COMPANY},
}
DEFAULTS = {
    "contact": ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    "company": ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
}
MODIFIED = {"contact": "lastmodifieddate", "company": "hs_lastmodifieddate"}
