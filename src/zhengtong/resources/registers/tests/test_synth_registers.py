"""The other synthetic registers: they agree with the population and with each other, and with their truth."""

import csv
import json
import re
from math import cos, gcd, prod, radians
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import zhengtong
from zhengtong.kernel.identifiers import check_id_number, check_organisation_code, check_uscc, organisation_code_of
from zhengtong.resources.registers.synth import addresses, entities, names
from zhengtong.resources.registers.synth.clans import RELATIONS
from zhengtong.resources.registers.synth.faults.population import CONSEQUENCE, KINDS
from zhengtong.resources.registers.synth.numbers import mod_11_10
from zhengtong.resources.registers.synth.population import EDUCATION, MARITAL
from zhengtong.resources.registers.synth.sources import FAULTS, KEYS, REGISTERS, stream
from zhengtong.resources.registers.synth.spec import NOTE, Spec
from zhengtong.resources.registers.synth.world import World
from zhengtong.resources.registers.tests.synth_checker import DAY
from zhengtong.resources.registers.tests.test_synth_faults import mended

pytestmark = pytest.mark.once

Made = dict[str, tuple[pl.DataFrame, pl.DataFrame]]
CODES = Path(zhengtong.__file__).parent / "resources" / "standards" / "data"


def made(spec: Spec) -> Made:
    rows: dict[str, list[pl.DataFrame]] = {name: [] for name in REGISTERS}
    truth: dict[str, list[pl.DataFrame]] = {name: [] for name in REGISTERS}
    for page in stream(World(spec)):
        rows[page.register].append(page.rows)
        truth[page.register].append(page.truth)
    return {name: (pl.concat(rows[name]), pl.concat(truth[name])) for name in REGISTERS}


@pytest.fixture(scope="module")
def sound() -> Made:
    return made(Spec(people=24_000, seed=3, faults=0))


@pytest.fixture(scope="module")
def spoilt() -> Made:
    return made(Spec(people=24_000, seed=3, faults=0.2))


def test_every_row_of_every_register_says_that_it_is_synthetic(sound: Made) -> None:
    for rows, truth in sound.values():
        assert rows["source_note"].unique().to_list() == [NOTE]
        assert len(truth) == 0


def test_people_and_companies_live_at_known_addresses(sound: Made) -> None:
    known = sound["addresses"][0].select("address_code", "full_text", "division")
    assert known["address_code"].n_unique() == known["full_text"].n_unique() == len(known)
    for register in ("population", "legal-entities"):
        rows = sound[register][0].join(known, on="address_code", how="left")
        assert (rows["address_text"] == rows["full_text"]).all()
        assert (rows["division"] == rows["division_right"]).all()


def test_address_parts_make_the_text_and_lie_round_their_county(sound: Made) -> None:
    rows = sound["addresses"][0]
    parts = pl.concat_str("community", "road", "number", "building", "unit", "room", ignore_nulls=True)
    assert rows.select(pl.col("full_text").str.ends_with(parts)).to_series().all()
    assert rows["longitude"].is_between(106.0, 107.3).all()
    assert rows["latitude"].is_between(29.9, 30.9).all()


@pytest.mark.parametrize("sizes", [(30, 60, 20, 3, 11, 4), (30, 20, 300)])
def test_scrambling_an_address_loses_none(sizes: tuple[int, ...]) -> None:
    capacity = prod(sizes)
    assert gcd(capacity, addresses._SCRAMBLE) == 1
    some = np.arange(capacity) if capacity < 200_000 else np.arange(capacity - 50_000, capacity + 50_000)
    found = np.stack(addresses._radix(some, np.full(len(some), 17), *sizes), 1)
    assert len(np.unique(found, axis=0)) == len(some)


def test_companies_have_good_codes_names_of_their_own_and_living_representatives(sound: Made) -> None:
    rows = sound["legal-entities"][0]
    assert len(rows) == 1500
    assert rows["uscc"].n_unique() == len(rows)
    assert all(check_uscc(code) is None for code in rows["uscc"])
    assert all(check_organisation_code(organisation_code_of(code)) is None for code in rows["uscc"])
    assert rows.select("registrar", "name").unique().height == len(rows)
    people = sound["population"][0].select(
        "birth_date", "status", person="name", legal_representative_id_number="id_number"
    )
    joined = rows.rename({"status": "entity_status"}).join(people, on="legal_representative_id_number", how="left")
    assert (joined["status"] == "active").all()
    assert (joined["person"] == joined["legal_representative_name"]).all()
    of_age = joined["established_on"].str.slice(0, 4).cast(int) - joined["birth_date"].str.slice(0, 4).cast(int)
    assert of_age.min() >= 17
    assert (joined["ended_on"].is_null() == (joined["entity_status"] == "active")).all()
    assert (joined["ended_on"].fill_null("9999") > joined["established_on"]).all()


def corners(geometry: str) -> tuple[float, float, float, float]:
    ring = json.loads(geometry)["coordinates"][0]
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    return min(xs), min(ys), max(xs), max(ys)


def overlaps(rows: pl.DataFrame) -> set[tuple[int, int]]:
    """Pairs of rows whose rectangles share ground."""
    boxes = np.array([corners(shape) for shape in rows["geometry"]])
    west, south, east, north = boxes.T
    hit = (west[:, None] < east) & (west < east[:, None]) & (south[:, None] < north) & (south < north[:, None])
    return {(int(a), int(b)) for a, b in zip(*np.nonzero(np.triu(hit, 1)), strict=True)}


def test_parcels_touch_no_other_and_measure_what_they_say(sound: Made) -> None:
    rows = sound["parcels"][0]
    assert all(re.fullmatch(r"\d{12}(GB|JC)\d{5}(F00010001|W00000000)", code) for code in rows["parcel_code"])
    assert rows["parcel_code"].n_unique() == len(rows) > 1400
    assert overlaps(rows) == set()
    for shape, area in zip(rows["geometry"], rows["area_m2"], strict=True):
        west, south, east, north = corners(shape)
        metre = 111_195.08
        assert area == pytest.approx((east - west) * metre * cos(radians(south)) * (north - south) * metre, rel=0.02)
    ring = json.loads(rows["geometry"][0])["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) == 5


def test_owners_and_operators_are_known(sound: Made) -> None:
    people, companies = set(sound["population"][0]["id_number"]), set(sound["legal-entities"][0]["uscc"])
    owners = set(sound["parcels"][0]["owner_id"])
    assert owners <= people | companies
    assert owners & people
    assert owners & companies
    food = sound["food-operators"][0]
    assert set(food["uscc"]) <= companies
    assert set(food["premises_address_code"]) <= set(sound["addresses"][0]["address_code"])


def test_licences_of_food_operators_have_their_digit_and_their_term(sound: Made) -> None:
    rows = sound["food-operators"][0]
    assert all(re.fullmatch(r"JY[12]5116\d{9}", number) for number in rows["licence_number"])
    assert all(mod_11_10(number[2:15]) == number[15] for number in rows["licence_number"])
    assert (rows["valid_from"] <= DAY.isoformat()).all()
    assert (rows["valid_to"] >= DAY.isoformat()).all()


def codes_of(table: str, column: str) -> set[str]:
    if table.endswith(".csv"):
        with (CODES / table).open(encoding="utf-8", newline="") as file:
            return {row[column] for row in csv.DictReader(file)}
    tables = json.loads((CODES / "small_tables.json").read_text(encoding="utf-8"))
    return {code for entry in tables if entry["key"] == table for code, *_ in entry["items"]}


def test_codes_stand_in_their_tables() -> None:
    industries = {code for kind in entities.INDUSTRIES.values() for code, _ in kind}
    assert industries <= codes_of("gbt4754_2017_industry.csv", "code")
    assert {f"{code:02d}" for code in names.PEOPLES} <= codes_of("gbt3304_ethnic.csv", "code")
    assert set(MARITAL) <= codes_of("gbt2261_2_marital", "")
    assert set(EDUCATION) - {""} <= codes_of("gbt4658_education", "")
    assert set(entities.KINDS) <= codes_of("uscc_authority_and_category", "")
    assert len(RELATIONS) == 5


def test_places_are_there_for_every_town(sound: Made) -> None:
    rows = sound["places"][0]
    assert len(rows) == 124 * 6
    assert rows["place_id"].n_unique() == len(rows)
    assert (rows["name_pinyin"].str.count_matches(" ") + 1 == rows["name"].str.len_chars()).all()


# -- with faults ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("register", sorted(FAULTS))
def test_every_kind_occurs_and_the_truth_says_where(spoilt: Made, register: str) -> None:
    rows, truth = spoilt[register]
    assert set(truth["kind"]) == {kind.key for kind in FAULTS[register]}
    for fact in truth.to_dicts():
        row = rows.row(fact["row"] - 1, named=True)
        assert row[KEYS[register]] == fact["record"]
        assert "" if row[fact["field"]] is None else str(row[fact["field"]]) == (fact["written"] or "")


@pytest.mark.parametrize("register", ["addresses", "places"])
def test_the_right_values_make_the_register_as_it_was(sound: Made, spoilt: Made, register: str) -> None:
    rows, truth = spoilt[register]
    texts = pl.all().cast(pl.String)
    assert mended(rows.select(texts), truth).equals(sound[register][0].select(texts))


@pytest.mark.parametrize("register", ["legal-entities", "parcels", "food-operators"])
def test_mended_records_are_sound_again(spoilt: Made, register: str) -> None:
    """Representatives and owners are others where people have faults, so there is no register to compare with."""
    rows, truth = spoilt[register]
    assert FINDERS[register](rows, spoilt)
    again = mended(rows.select(pl.all().cast(pl.String)), truth)
    assert FINDERS[register](again, spoilt) == {}


@pytest.mark.parametrize("register", ["legal-entities", "parcels", "food-operators"])
def test_what_is_found_is_what_was_injected(spoilt: Made, register: str) -> None:
    rows, truth = spoilt[register]
    found = FINDERS[register](rows, spoilt)
    visible = truth.filter(~pl.col("kind").str.starts_with("duplicate-"))
    assert set(visible["row"]) <= set(found)
    assert set(found) <= {*truth["row"], *truth["partner_row"].drop_nulls()}


def company_faults(rows: pl.DataFrame, all_: Made) -> dict[int, set[str]]:
    people: dict[
        str, list[dict]
    ] = {}  # a number may stand for two: same-number is a fault of the population, not of ours
    for row in all_["population"][0].to_dicts():
        people.setdefault(row["id_number"], []).append(row)
    known, industries = set(all_["addresses"][0]["address_code"]), codes_of("gbt4754_2017_industry.csv", "code")
    found: dict[int, set[str]] = {}
    for number, row in enumerate(rows.to_dicts(), start=1):
        persons = people.get(row["legal_representative_id_number"], [])
        checks = {
            "code": check_uscc(row["uscc"]) is not None,
            "representative unknown": not persons,
            "representative dead": bool(persons) and all(p["status"] == "deceased" for p in persons),
            "name": bool(persons) and row["legal_representative_name"] not in [p["name"] for p in persons],
            "dates": row["ended_on"] is not None and row["ended_on"] < row["established_on"],
            "status": (row["ended_on"] is None) != (row["status"] == "active"),
            "industry": row["industry"] not in industries,
            "address": row["address_code"] not in known,
            "division": row["division"] != row["address_code"][:6],
        }
        if wrong := {name for name, is_wrong in checks.items() if is_wrong}:
            found[number] = wrong
    return found


def parcel_faults(rows: pl.DataFrame, all_: Made) -> dict[int, set[str]]:
    owners = {*all_["population"][0]["id_number"], *all_["legal-entities"][0]["uscc"]}
    found: dict[int, set[str]] = {}
    for number, row in enumerate(rows.to_dicts(), start=1):
        ring = json.loads(row["geometry"])["coordinates"][0]
        west, south, east, north = corners(row["geometry"])
        square = (east - west) * 111_195.08**2 * cos(radians(south)) * (north - south)
        checks = {
            "owner": row["owner_id"] not in owners,
            "code": row["parcel_code"][:6] != row["division"],
            "ring": ring[0] != ring[-1],
            "area": abs(float(row["area_m2"]) / square - 1) > 0.05,
        }
        if wrong := {name for name, is_wrong in checks.items() if is_wrong}:
            found[number] = wrong
    for pair in overlaps(rows):
        for place in pair:
            found.setdefault(place + 1, set()).add("overlap")
    return found


def food_faults(rows: pl.DataFrame, all_: Made) -> dict[int, set[str]]:
    companies = set(all_["legal-entities"][0]["uscc"])
    found: dict[int, set[str]] = {}
    for number, row in enumerate(rows.to_dicts(), start=1):
        checks = {
            "digit": mod_11_10(row["licence_number"][2:15]) != row["licence_number"][15],
            "term": row["valid_to"] < row["valid_from"],
            "operator": row["uscc"] not in companies,
        }
        if wrong := {name for name, is_wrong in checks.items() if is_wrong}:
            found[number] = wrong
    return found


FINDERS = {"legal-entities": company_faults, "parcels": parcel_faults, "food-operators": food_faults}


def test_nobody_s_numbers_are_well_formed(spoilt: Made) -> None:
    unknown = spoilt["legal-entities"][1].filter(pl.col("kind") == "representative-unknown")
    assert all(check_id_number(number, today=DAY) is None for number in unknown["written"])
    strangers = spoilt["food-operators"][1].filter(pl.col("kind") == "operator-unknown")
    assert all(check_uscc(code) is None for code in strangers["written"])


def test_the_reference_names_every_kind_and_every_column(sound: Made) -> None:
    page = (Path(zhengtong.__file__).parents[2] / "docs" / "reference" / "synthetic.md").read_text(encoding="utf-8")
    kinds = {kind.key for some in FAULTS.values() for kind in some} | {kind.key for kind in KINDS} | {CONSEQUENCE}
    assert {kind for kind in kinds if f"`{kind}`" not in page} == set()
    for register, (rows, _) in sound.items():
        described = next(line for line in page.splitlines() if line.startswith(f"| {register} | {KEYS[register]} |"))
        assert {column for column in rows.columns if column not in described} == {"source_note"}
