"""Errors of a graded notebook's cells that are said in plain words, by their names."""

NOT_RUN = "NotRun"  # of a cell that was not run, or not to its end
DOES_NOT_PASS = "DoesNotPass"  # in place of an error that students are not told
PLAINLY = {
    DOES_NOT_PASS: "does not pass",
    "NotImplementedError": "not written yet",
    "KeyboardInterrupt": "did not finish in time",
    "CellTimeoutError": "did not finish in time",
}
