"""Workbooks: .xlsx, .xls, .xlsb and .ods files."""
