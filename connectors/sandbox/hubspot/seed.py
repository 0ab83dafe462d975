# Part of Integration Hub. License LGPL-3.0 or later.
"""Whom the imitated CRM knows when it opens. All names are invented."""

from __future__ import annotations

COMPANIES = (
    {
        "name": "Cobble & Finch Interiors", "domain": "cobblefinch.example", "phone": "+13125550140",
        "industry": "DESIGN", "address": "230 Wabash Avenue", "city": "Chicago", "state": "Illinois", "zip": "60604",
        "country": "United States", "numberofemployees": "42", "website": "https://cobblefinch.example",
        "lifecyclestage": "customer",
    },
    {
        "name": "Tidewater Freight", "domain": "tidewaterfreight.example", "phone": "+17575550141",
        "industry": "LOGISTICS_AND_SUPPLY_CHAIN", "address": "9 Pier Road", "city": "Norfolk", "state": "Virginia",
        "zip": "23510", "country": "United States", "numberofemployees": "310", "lifecyclestage": "opportunity",
    },
    {
        "name": "Grünwald Maschinenbau GmbH", "domain": "gruenwald-mb.example", "phone": "+49895550142",
        "industry": "MACHINERY", "address": "Lindwurmstraße 88", "city": "München", "zip": "80337",
        "country": "Germany", "numberofemployees": "150", "lifecyclestage": "lead",
    },
    {
        "name": "Sandpiper Clinics", "domain": "sandpiperclinics.example", "phone": "+441215550143",
        "industry": "HOSPITAL_HEALTH_CARE", "address": "14 Colmore Row", "city": "Birmingham", "zip": "B3 2BJ",
        "country": "United Kingdom", "numberofemployees": "85", "lifecyclestage": "customer",
    },
)  # fmt: skip
_PEOPLE = (
    ("Beatriz", "Lacombe", "beatriz.lacombe@cobblefinch.example", "+13125550151", "Head of Purchasing", 0, "customer"),
    ("Owen", "Thackeray", "owen.thackeray@cobblefinch.example", "+13125550152", "Designer", 0, "customer"),
    ("Darnell", "Okoye", "darnell.okoye@tidewaterfreight.example", "+17575550153", "Fleet Manager", 1, "opportunity"),
    ("Sunita", "Mehra", "sunita.mehra@tidewaterfreight.example", "+17575550154", "Chief Financial Officer", 1, "lead"),
    ("Jonas", "Grünwald", "jonas@gruenwald-mb.example", "+49895550155", "Geschäftsführer", 2, "lead"),
    ("Petra", "Lindqvist", "petra.lindqvist@gruenwald-mb.example", "+49895550156", "Einkauf", 2, "lead"),
    ("Amara", "Boateng", "amara.boateng@sandpiperclinics.example", "+441215550157", "Practice Director", 3, "customer"),
    ("Rhys", "Pemberton", "rhys.pemberton@sandpiperclinics.example", "+441215550158", "IT Lead", 3, "customer"),
    ("Noor", "Haddad", "noor.haddad@example.net", "+96115550159", "Architect", None, "subscriber"),
    ("Elliot", "Marsh", "elliot.marsh@example.org", None, None, None, "lead"),
)
CONTACTS = tuple(
    {
        name: value
        for name, value in {
            "firstname": first,
            "lastname": last,
            "email": email,
            "phone": phone,
            "jobtitle": title,
            "company": COMPANIES[company]["name"] if company is not None else None,
            "city": COMPANIES[company]["city"] if company is not None else None,
            "country": COMPANIES[company]["country"] if company is not None else None,
            "lifecyclestage": stage,
        }.items()
        if value
    }
    for first, last, email, phone, title, company, stage in _PEOPLE
)
