"""The parts of reports that are shown on request alone."""

OF_A_RUN = {
    "demonstrations": "all demonstrations, in full",
    "verdict": "the whole verdict in sentences",
    "calls": "what became of the calls of each arm",
    "metrics": "macro-F1, balanced accuracy, MCC, figures of each label, confusions",
}
OF_A_PLAN = {"toml": "the resolved plan"}
OF_A_STUDY = {
    "verdict": "the whole verdicts in sentences",
    "notes": "what a reader should know of each task",
}
