"""The synthetic province: invented people, families, companies, parcels, with known faults. Pure: no Django, no
database.

`spec.Spec` says what to make, `world.World` holds its tables, `sources.stream` yields pages of records with the truth
about their faults, `writing` puts them into files, `scoring` judges what a detector found. Everything follows from
the seed by counting: person number i is the same whatever else is made. The facts and their limits:
docs/reference/synthetic.md.
"""
