"""The synthetic population without faults: nothing in it contradicts anything else in it."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.kernel.identifiers import check_id_number, uscc_check_character
from zhengtong.resources.registers.synth import clans, numbers, population
from zhengtong.resources.registers.synth.divisions import counties, lineages, spans
from zhengtong.resources.registers.synth.sources import stream
from zhengtong.resources.registers.synth.spec import CLAN, NOTE, Spec, SynthFault
from zhengtong.resources.registers.synth.world import World
from zhengtong.resources.registers.tests.synth_checker import anomalies

pytestmark = pytest.mark.once


def people(spec: Spec) -> pl.DataFrame:
    return pl.concat([page.rows for page in stream(World(spec), ("population",))])


@pytest.fixture(scope="module")
def many() -> pl.DataFrame:
    return people(Spec(people=20_000, seed=11, faults=0))


def test_a_plain_checker_finds_nothing(many: pl.DataFrame) -> None:
    assert len(many) == 20_000
    assert anomalies(many) == {}


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    number=st.integers(1, 700),
    divisions=st.sampled_from([("5116",), ("511602",), ("11",), ("44", "4503"), ("65",)]),
)
def test_no_seed_place_or_number_makes_a_contradiction(seed: int, number: int, divisions: tuple[str, ...]) -> None:
    found = people(Spec(people=number, seed=seed, divisions=divisions, faults=0))
    assert len(found) == number
    assert anomalies(found) == {}
    assert found["division"].str.starts_with(divisions[0]).any() or len(divisions) > 1


def test_every_row_says_that_it_is_synthetic(many: pl.DataFrame) -> None:
    assert many["source_note"].unique().to_list() == [NOTE]
    assert many["phone"].drop_nulls().str.starts_with("154").all()


def test_phones_households_and_addresses_are_nobody_elses(many: pl.DataFrame) -> None:
    phones = many["phone"].drop_nulls()
    assert phones.n_unique() == len(phones)
    homes = many.select("household_id", "address_code").unique()
    assert homes["household_id"].n_unique() == len(homes) == homes["address_code"].n_unique()


def test_the_people_are_old_and_young_as_in_a_county(many: pl.DataFrame) -> None:
    """Invented, but plausible: the census of 2020 counts 18 % below 15 and 19 % from 60 years on."""
    alive = many.filter(pl.col("status") == "active")
    age = 2026 - alive["birth_date"].str.slice(0, 4).cast(pl.Int64)
    assert 0.13 < (age < 15).mean() < 0.22
    assert 0.12 < (age >= 60).mean() < 0.23
    assert 0.05 < (many["status"] == "deceased").mean() < 0.2
    assert 0.47 < (many["sex"] == "1").mean() < 0.55


def test_children_bear_the_father_s_surname(many: pl.DataFrame) -> None:
    han = many.filter(pl.col("ethnic") == "01")
    pairs = han.join(many.select(father_id_number="id_number", father="name"), on="father_id_number")
    assert len(pairs) > 4000
    assert (pairs["name"].str.slice(0, 1) == pairs["father"].str.slice(0, 1)).all()


def test_names_differ_as_names_do(many: pl.DataFrame) -> None:
    surnames = many.filter(pl.col("ethnic") == "01")["name"].str.slice(0, 1).value_counts(sort=True)
    assert set(surnames.head(3).to_series()) <= set("王李张刘陈")
    assert many["name"].str.contains("·").any()
    assert many.filter(pl.col("name").str.starts_with("欧阳")).height > 0
    assert many["name"].n_unique() > 8000
    assert (many["name_pinyin"].str.count_matches(" ") >= 1).all()
    assert 0.01 < many["former_name"].is_not_null().mean() < 0.04


def test_some_were_born_elsewhere_and_under_codes_of_their_time(many: pl.DataFrame) -> None:
    area = many["id_number"].str.slice(0, 6)
    assert 0.02 < (~area.str.starts_with("51")).mean() < 0.25
    assert 0.3 < (area != many["division"]).mean() < 0.95
    assert {"512925", "513622"} <= set(area)  # Guang'an before 1993 and before 1998


def test_a_household_has_one_head_and_lives_in_one_place(many: pl.DataFrame) -> None:
    heads = many.filter(pl.col("household_relation") == "02")
    assert heads["household_id"].n_unique() == many["household_id"].n_unique() == len(heads)
    assert many.select("household_id", "address_text").unique().height == len(heads)


def test_marital_state_and_spouse_agree(many: pl.DataFrame) -> None:
    married = many["marital"].is_in(["21", "22"])
    assert many.filter(married)["spouse_id_number"].is_not_null().all()
    assert many.filter(pl.col("marital").is_in(["10", "40"]))["spouse_id_number"].is_null().all()
    assert set(many["marital"]) == {"10", "21", "22", "30", "40"}


@pytest.mark.parametrize("total", [20_000, 4_000_000])
def test_no_two_clans_are_promised_the_same_numbers(total: int) -> None:
    world = World(Spec(people=total))
    promised = np.stack(world.reserve(np.arange(world.spec.clans)), 1)
    assert len(np.unique(promised, axis=0)) == world.spec.clans


def test_the_last_clans_of_a_full_prefecture_hold_together() -> None:
    """At the coarsest modulus, births are still a generation apart and numbers differ."""
    world = World(Spec(people=4_000_000, faults=0))
    assert world.modulus == 1000
    chunk = population.chunk(world, world.spec.clans - 600, 600)
    found = chunk.rows
    assert found["id_number"].n_unique() == len(found) == 600 * CLAN
    assert anomalies(found) == {}


def test_lanes_keep_the_members_of_a_clan_apart() -> None:
    for modulus_people in (1000, 4_000_000):
        made = clans.build(World(Spec(people=4_000_000 if modulus_people > 1000 else 60_000)), 0, 3000)
        keys = made.born * 100 + made.lane * 10 + made.sex
        assert all(len(set(row)) == CLAN for row in keys.tolist())


@settings(max_examples=60, deadline=None)
@given(st.integers(110000, 659999), st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(1, 999))
def test_numbers_made_in_bulk_pass_the_check_of_the_house(area: int, born: date, serial: int) -> None:
    day = int(f"{born:%Y%m%d}")
    made = numbers.id_numbers(np.array([area]), np.array([day]), np.array([serial]))[0]
    assert check_id_number(made, today=date(2026, 11, 30)) is None
    codes = numbers.usccs(pl.Series(["92"]), np.array([area]), np.array([serial * 97_531]))
    assert codes[0] == numbers.uscc("92", str(area), f"{serial * 97_531:08d}")
    assert uscc_check_character(codes[0][:17]) == codes[0][17]


def test_a_county_had_the_code_of_its_time() -> None:
    guangan = counties(("511602",))[0]
    assert dict(zip(guangan.codes, range(1984, 2040), strict=True)) == {"512925": 1992, "513622": 1997, "511602": 2039}
    assert guangan.where == "四川省广安市广安区"


@pytest.mark.parametrize("prefix", ["5116", "51", "46", "50", "54"])
def test_every_code_was_in_force_and_lineages_share_none(prefix: str) -> None:
    homes = counties((prefix,))
    for county in homes:
        for year, code in enumerate(county.codes, start=1984):
            assert spans()[code].holds(year), (county.code, year, code)
    groups = [{code for i in group for code in homes[i].codes} for group in lineages(homes)]
    assert sum(map(len, groups)) == len(set().union(*groups))


@pytest.mark.parametrize(
    ("asked", "word"),
    [({"people": 0}, "number of people"), ({"people": 5, "faults": 0.7}, "share"), ({"people": 5, "seed": -1}, "seed"),
     ({"people": 5, "day": date(1999, 1, 1)}, "day")],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_with_words(asked: dict, word: str) -> None:
    with pytest.raises(SynthFault, match=word) as fault:
        Spec(**asked)
    assert fault.value.words["zh"]


@pytest.mark.parametrize(("divisions", "number"), [(("99",), 5), (("",), 5), (("511602",), 50_000_000)])
def test_places_that_cannot_hold_them_are_refused(divisions: tuple[str, ...], number: int) -> None:
    with pytest.raises(SynthFault, match=r"divisions|No county"):
        World(Spec(people=number, divisions=divisions))
