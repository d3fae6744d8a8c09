"""Addresses of this room: `hall` for applicants and `workbench` for officers; the access layer includes them."""

from django.urls import path

from .views.hall import apply, follow
from .views.workbench import acts, desk

hall = [
    path("apply/<slug:service_key>/", apply.start, name="apply"),
    path("drafts/<uuid:draft_uuid>/", apply.draft, name="draft"),
    path("drafts/<uuid:draft_uuid>/evidence/", apply.evidence, name="draft-evidence"),
    path("drafts/<uuid:draft_uuid>/confirm/", apply.confirm, name="draft-confirm"),
    path("drafts/<uuid:draft_uuid>/discard/", apply.discard, name="draft-discard"),
    path("drafts/<uuid:draft_uuid>/step/<slug:step_key>/", apply.step, name="draft-step"),
    path("cases/", follow.case_list, name="cases"),
    path("cases/<uuid:case_uuid>/", follow.case_detail, name="case"),
    path("cases/<uuid:case_uuid>/clocks/<uuid:clock_uuid>/", follow.clock, name="case-clock"),
    path("cases/<uuid:case_uuid>/done/", follow.case_done, name="case-done"),
    path("cases/<uuid:case_uuid>/supplement/", follow.supplement, name="case-supplement"),
    path("cases/<uuid:case_uuid>/withdraw/", follow.withdraw, name="case-withdraw"),
    path("cases/<uuid:case_uuid>/rate/", follow.rate, name="case-rate"),
    path("cases/<uuid:case_uuid>/collect/", follow.collect, name="case-collect"),
    path("cases/<uuid:case_uuid>/receipts/<uuid:entry_uuid>.json", follow.receipt, name="receipt"),
    path("cases/<uuid:case_uuid>/files/<uuid:file_uuid>/", follow.evidence_file, name="evidence-file"),
    path("papers/<uuid:paper_uuid>.pdf", follow.paper, name="paper"),
]

_ACTS = (
    (acts.accept, "cases.case.accept"),
    (acts.refuse, "cases.case.refuse"),
    (acts.request_supplement, "cases.case.request_supplement"),
    (acts.suspend, "cases.case.suspend"),
    (acts.resume, "cases.case.resume"),
    (acts.extend, "cases.case.extend"),
    (acts.decide, "cases.case.decide"),
    (acts.deliver, "cases.case.deliver"),
    (acts.comment, "cases.case.comment"),
    (acts.visit, "cases.case.visit"),
    (acts.record_visit, "cases.case.visit"),
    (acts.opinion, "cases.review.decide"),
    (acts.transfer, "cases.review.transfer"),
)

workbench = [
    path("", desk.queue, name="queue"),
    path("find/", desk.find, name="find"),
    path("cases/<uuid:case_uuid>/", desk.case_detail, name="case"),
    path("cases/<uuid:case_uuid>/credentials/<uuid:credential_uuid>.pdf", desk.credential, name="case-credential"),
    path("cases/<uuid:case_uuid>/reveal/", desk.reveal, name="case-reveal"),
    path("cases/<uuid:case_uuid>/clocks/<uuid:clock_uuid>/", desk.clock, name="case-clock"),
    *(
        path(
            f"cases/<uuid:case_uuid>/{verb.__name__.replace('_', '-')}/",
            acts.route(verb, action),
            name=f"case-{verb.__name__}",
        )
        for verb, action in _ACTS
    ),
]
