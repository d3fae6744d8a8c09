"""Legal entities: one for each clan that has a grown-up to represent it. `kind` is places 1 and 2 of the credit
code (GB 32100).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth import addresses
from zhengtong.resources.registers.synth.addresses import words
from zhengtong.resources.registers.synth.clans import ACTIVE, NOBODY
from zhengtong.resources.registers.synth.draws import Truths, Whole, running
from zhengtong.resources.registers.synth.numbers import padded, usccs
from zhengtong.resources.registers.synth.population import PHONE_PREFIX, Chunk
from zhengtong.resources.registers.synth.spec import NOTE
from zhengtong.resources.registers.synth.world import World, calendar

REGISTER = "legal-entities"
KINDS = ("91", "92", "93", "52")  # company, individual business, farmers' cooperative, private non-enterprise unit
_KIND_SUMS = running([48, 42, 7, 3])
ENDINGS = {"91": "有限公司", "92": "店", "93": "农民专业合作社", "52": "中心"}
REGISTRARS = {"91": "市场监督管理局", "92": "市场监督管理局", "93": "市场监督管理局", "52": "民政局"}
INDUSTRIES = {  # kind → GB/T 4754-2017 code and the word in the name
    "91": (("6210", "餐饮管理"), ("5212", "超市"), ("4710", "建筑工程"), ("6513", "软件"), ("7010", "置业"),
           ("5431", "物流"), ("2110", "家具"), ("1312", "粮油加工"), ("5251", "大药房"), ("7499", "技术服务"),
           ("6110", "酒店管理")),
    "92": (("6210", "餐馆"), ("6220", "快餐"), ("6231", "茶楼"), ("5212", "便民超市"), ("5221", "粮油经营"),
           ("5222", "烘焙"), ("5231", "布艺"), ("8040", "美容美发"), ("8111", "汽车维修"), ("8010", "家政服务")),
    "93": (("0141", "蔬菜种植"), ("0313", "生猪养殖"), ("0412", "水产养殖"), ("0211", "林木育种")),
    "52": (("8391", "职业技能培训"), ("8512", "养老服务")),
}  # fmt: skip
STATUSES = pl.Series(["active", "cancelled", "revoked"])
_STATUS_SUMS = running([900, 80, 20])
_CAPITAL = np.array([3, 5, 10, 30, 50, 100, 200, 500, 1000, 5000]) * 10_000 * 100  # fen
_CAPITAL_SUMS = running([10, 10, 18, 10, 14, 14, 8, 10, 5, 1])


@dataclass(slots=True)
class Entities:
    """The rows, and for each its clan and the row of the chunk that represents it."""

    rows: pl.DataFrame
    clan: Whole
    county: Whole
    established: Whole


def spoilt_people(world: World, chunk: Chunk) -> Truths:
    """[clan, slot] true where the population's record has a fault: they represent and own nothing."""
    return world.draws.chance("fault population", chunk.people.index, world.spec.faults_per_million)


def grown_up(world: World, chunk: Chunk, purpose: str) -> Whole:
    """For each clan the slot of an active unspoilt grown-up, drawn for this purpose; NOBODY where there is none."""
    people = chunk.people
    fits = (
        people.exists
        & (people.status == ACTIVE)
        & (world.today - people.born > 20 * 366)
        & ~spoilt_people(world, chunk)
    )
    score = (world.draws.bits(purpose, people.index) >> np.uint64(2)).astype(np.int64)
    slot = np.where(fits, score, -1).argmax(axis=1)
    return np.where(fits.any(axis=1), slot, NOBODY)


def build(world: World, chunk: Chunk) -> Entities:
    slot = grown_up(world, chunk, "representative")
    there = np.flatnonzero(slot != NOBODY)
    clan, slot = chunk.people.clan[there], slot[there]
    county = world.home(clan)[0]
    people = chunk.rows[chunk.place[there, slot]]
    established = _established(world, clan, chunk.people.born[there, slot])
    kind = world.draws.pick("entity kind", clan, _KIND_SUMS)
    rows = _rows(world, clan, kind, people).with_columns(_dates(world, clan, established))
    columns = [
        "uscc",
        "name",
        "kind",
        "legal_representative_name",
        "legal_representative_id_number",
        "established_on",
        "ended_on",
        "status",
        "industry",
        "registered_capital_fen",
        "address_code",
        "address_text",
        "division",
        "phone",
        "registrar",
        "source_note",
    ]
    return Entities(rows.select(columns), clan, county, established)


def _established(world: World, clan: Whole, born: Whole) -> Whole:
    """Since the representative is of age, at most thirty years ago, at least a month."""
    low = np.maximum(born + 18 * 366, world.today - 30 * 365)
    return low + world.draws.whole("established", clan, np.maximum(world.today - 30 - low, 1))


def _dates(world: World, clan: Whole, established: Whole) -> list[pl.Series]:
    iso = calendar()[1]
    status = world.draws.pick("entity status", clan, _STATUS_SUMS)
    ended = established + 20 + world.draws.whole("ended", clan, world.today - established - 19)
    text = pl.select(pl.when(pl.Series(status > 0)).then(iso.gather(ended)).otherwise(pl.lit(""))).to_series()
    return [
        iso.gather(established).alias("established_on"),
        text.alias("ended_on"),
        STATUSES.gather(status).alias("status"),
    ]


def _rows(world: World, clan: Whole, kind: Whole, people: pl.DataFrame) -> pl.DataFrame:
    county, rank = world.home(clan)
    kinds = pl.Series(KINDS).gather(kind)
    trade, industry = _trades(world, clan, kind)
    place = addresses.frame(world, clan * addresses.PER_CLAN + addresses.COMPANY, county)
    where = pl.Series([c.name for c in world.counties]).gather(county)
    capital = _CAPITAL[world.draws.pick("capital", clan, _CAPITAL_SUMS)]
    return pl.DataFrame(
        {
            "uscc": usccs(
                kinds, np.array([int(c.code) for c in world.counties])[county], clan * 48_271_727 % 100_000_000
            ),
            "name": where + _brand(world, rank) + trade + kinds.replace_strict(ENDINGS, return_dtype=pl.String),
            "kind": kinds,
            "legal_representative_name": people["name"],
            "legal_representative_id_number": people["id_number"],
            "industry": industry,
            "registered_capital_fen": np.where(kind == KINDS.index("52"), 0, capital),
            "address_code": place["address_code"],
            "address_text": place["full_text"],
            "division": place["division"],
            "phone": PHONE_PREFIX + padded((clan + 90_000_000) * 48_271_727 % 100_000_000, 8),
            "registrar": where + kinds.replace_strict(REGISTRARS, return_dtype=pl.String),
            "source_note": pl.repeat(NOTE, len(clan), eager=True),
        }
    )


def _trades(world: World, clan: Whole, kind: Whole) -> tuple[pl.Series, pl.Series]:
    """Word in the name and industry."""
    flat = [entry for key in KINDS for entry in INDUSTRIES[key]]
    counts = np.array([len(INDUSTRIES[key]) for key in KINDS])
    starts = np.cumsum(counts) - counts
    place = starts[kind] + world.draws.whole("industry", clan, counts[kind])
    return pl.Series([word for _, word in flat]).gather(place), pl.Series([code for code, _ in flat]).gather(place)


def _brand(world: World, rank: Whole) -> pl.Series:
    """字号: three characters by the number within the county, so that no two of a county are called alike."""
    lists = [words()[name] for name in ("brand_first", "brand_second", "brand_third")]
    capacity = int(np.prod([len(part) for part in lists]))
    over, rest = np.divmod(rank, capacity)
    rest = (rest * 48_611 + int(world.draws.whole("brand", np.array([0]), capacity)[0])) % capacity
    text = pl.repeat("", len(rank), eager=True)
    for part in lists:
        rest, digit = np.divmod(rest, len(part))
        text = text + part.gather(digit)
    return text + lists[2].gather(over % len(lists[2])).replace(lists[2][0], "")
