"""The hand-off workbook ``handoff.xlsx``: results for HR, and a column for HR's corrections."""
