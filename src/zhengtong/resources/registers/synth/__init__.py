"""The synthetic province: invented people, families, companies, parcels, with known faults. Pure: no Django, no
database.

`spec.Spec` says what to make, `world.World` holds its tables, `sources.stream` yields pages of records with the truth
about their faults, `writing` puts them into files, `scoring` judges what a detector found. Everything follows from
the seed by counting: person number i is the same whatever else is made. The facts and their limits:
docs/reference/synthetic.md.
"""

from zhengtong.resources.registers.synth.scoring import Score, score_any, score_pairs, score_values
from zhengtong.resources.registers.synth.sources import KEYS, REGISTERS, Page, stream
from zhengtong.resources.registers.synth.spec import NOTE, Spec, SynthFault
from zhengtong.resources.registers.synth.world import World
from zhengtong.resources.registers.synth.writing import STREAMED, write_folder, write_stream

__all__ = [
    "KEYS", "NOTE", "REGISTERS", "STREAMED", "Page", "Score", "Spec", "SynthFault", "World",
    "score_any", "score_pairs", "score_values", "stream", "write_folder", "write_stream",
]  # fmt: skip
