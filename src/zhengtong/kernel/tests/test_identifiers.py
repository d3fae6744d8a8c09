"""Check digits: the standards' own examples, real public codes, and every single slip of a key."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zhengtong.kernel import identifiers as ids
from zhengtong.kernel.identifiers import Fault

VECTORS = json.loads((Path(__file__).parent / "identifier_vectors.json").read_text())
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("code", VECTORS["uscc_valid"])
def test_real_credit_codes_pass_and_hold_a_valid_organisation_code(code):
    assert ids.check_uscc(code) is None
    assert ids.check_organisation_code(ids.organisation_code_of(code)) is None


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("914403001922038217", Fault.CHECK_DIGIT),
        ("91330100799655058A", Fault.CHECK_DIGIT),
        ("91440300192203821", Fault.LENGTH),
        ("", Fault.LENGTH),
        ("91440300192203821O", Fault.CHARACTER),
        ("914403A01922038216", Fault.CHARACTER),
        ("９14403001922038216", Fault.CHARACTER),
    ],
)
def test_bad_credit_codes_say_what_is_wrong(code, fault):
    assert ids.check_uscc(code) is fault


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("00001434-9", None),
        ("000014349", None),
        ("000014348", Fault.CHECK_DIGIT),
        ("0000-14349", Fault.LENGTH),
        ("00001434a", Fault.CHARACTER),
    ],
)
def test_organisation_codes(code, fault):
    assert ids.check_organisation_code(code) is fault


@pytest.mark.parametrize("number", VECTORS["id18_valid_standard_examples"])
def test_the_standards_own_identity_numbers_pass(number):
    assert ids.check_id_number(number, today=TODAY) is None


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("11010519491231002", Fault.LENGTH),
        ("11010519491231002x", Fault.CHARACTER),
        ("1101051949123100２X", Fault.CHARACTER),
        ("110105194902300025", Fault.DATE),
        ("110105184912310020", Fault.DATE),
        ("110105209912310020", Fault.FUTURE),
        ("110105194912310020", Fault.CHECK_DIGIT),
    ],
)
def test_bad_identity_numbers_say_what_is_wrong(number, fault):
    assert ids.check_id_number(number, today=TODAY) is fault


def test_areas_are_compared_only_when_given():
    number = ids.synthetic_id_number(1, born=date(1990, 1, 1))
    assert ids.check_id_number(number, today=TODAY) is None
    assert ids.check_id_number(number, today=TODAY, areas={"511602"}) is Fault.AREA


def test_born_today_is_not_the_future():
    assert ids.check_id_number(ids.synthetic_id_number(2, born=TODAY), today=TODAY) is None


def test_first_generation_numbers_become_present_ones():
    assert ids.id_15_to_18("110105491231002") == "11010519491231002X"
    assert ids.sex_of("11010519491231002X") == "2"
    assert ids.birth_date_of("11010519491231002X") == date(1949, 12, 31)
    with pytest.raises(ValueError, match="15 digits"):
        ids.id_15_to_18("11010549123100X")


@pytest.mark.parametrize("text", VECTORS["elicense_id_valid"])
def test_real_elicence_identifiers_pass_and_can_be_made_again(text):
    assert ids.check_elicence_id(text) is None
    kind, issuer, serial, version, _ = text.removeprefix("1.2.156.3005.2.").split(".")
    assert ids.make_elicence_id(type_code=kind, issuer=issuer, serial=serial, version=int(version)) == text


GOOD = VECTORS["elicense_id_valid"][0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD[:-1] + "1", Fault.CHECK_DIGIT),
        ("1.2.156.3005.3" + GOOD[14:], Fault.STRUCTURE),
        (GOOD.removeprefix("1.2.156.3005.2."), Fault.STRUCTURE),
        (GOOD.replace(".002.", ".000."), Fault.STRUCTURE),
        (GOOD.replace(".002.", ".02."), Fault.LENGTH),
        (GOOD.replace("W009", "w009"), Fault.CHARACTER),
        (GOOD.replace(".2025052201.", ".."), Fault.CHARACTER),
        ("", Fault.STRUCTURE),
    ],
)
def test_bad_elicence_identifiers_say_what_is_wrong(text, fault):
    assert ids.check_elicence_id(text) is fault


def test_an_elicence_identifier_of_bad_parts_is_not_made():
    with pytest.raises(ValueError, match="length"):
        ids.make_elicence_id(type_code="SHORT", issuer="11330105002500287C", serial="1", version=1)
    with pytest.raises(ValueError, match="character"):
        ids.make_elicence_id(type_code="11100000000013338W009", issuer="11330105002500287C", serial="一", version=1)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("13812345678", None),
        ("1381234567", Fault.LENGTH),
        ("12812345678", Fault.STRUCTURE),
        ("1381234567a", Fault.CHARACTER),
        ("１3812345678", Fault.CHARACTER),
    ],
)
def test_mobile_numbers(number, fault):
    assert ids.check_mobile(number) is fault


def test_what_people_type_is_normalised():
    assert ids.normalise(" １１０１０５ 19491231002x\u3000") == "11010519491231002X"


# A single slip of a key is always found: 31 and 37 are prime, and every weight is coprime to its modulus.
@given(st.integers(0, 9_999_999), st.integers(0, 17), st.sampled_from(ids.USCC_ALPHABET))
def test_one_changed_character_of_a_credit_code_is_found(serial, place, char):
    code = ids.synthetic_uscc(serial)
    assert ids.check_uscc(code) is None
    assume(code[place] != char)
    assert ids.check_uscc(code[:place] + char + code[place + 1 :]) is not None


@given(
    st.integers(0, 999),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 17),
    st.sampled_from("0123456789X"),
)
def test_one_changed_character_of_an_identity_number_is_found(serial, born, place, char):
    number = ids.synthetic_id_number(serial, born=born)
    assert ids.check_id_number(number, today=TODAY) is None
    assume(number[place] != char)
    assert ids.check_id_number(number[:place] + char + number[place + 1 :], today=TODAY) is not None


@given(
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=40),
    st.integers(1, 999),
    st.data(),
)
def test_one_changed_character_of_an_elicence_identifier_is_found(serial, version, data):
    text = ids.make_elicence_id(
        type_code="11100000000013338W009", issuer="11330105002500287C", serial=serial, version=version
    )
    assert ids.check_elicence_id(text) is None
    place = data.draw(st.integers(0, len(text) - 1))
    char = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ."))
    assume(text[place] != char)
    assert ids.check_elicence_id(text[:place] + char + text[place + 1 :]) is not None


@given(st.text())
def test_no_text_whatever_breaks_a_check(text):
    for check in (ids.check_uscc, ids.check_organisation_code, ids.check_elicence_id, ids.check_mobile):
        assert check(text) is None or isinstance(check(text), Fault)
    fault = ids.check_id_number(ids.normalise(text), today=TODAY)
    assert fault is None or isinstance(fault, Fault)


@pytest.mark.parametrize("kind", list(ids.Kind))
@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_is_told_in_both_languages(kind, fault):
    texts = ids.fault_text(kind, fault)
    assert all(texts[lang] and "{" not in texts[lang] for lang in ("zh", "en"))
