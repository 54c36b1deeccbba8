"""The hand-off workbook: ``handoff.xlsx``, results for HR and their corrections."""
