# Part of Integration Hub. License LGPL-3.0 or later.
"""The connector that `hub new` copies: of an imaginary vendor, complete but for its to-dos.

It is code like any other, so the linters, the type checker and the tests keep it true. Its names are replaced in the
copy: `acme` and `Acme` by the vendor's, `Acme Example` by its title.
"""
