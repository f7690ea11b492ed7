"""What nobody types by accident: 120 and more distinct values."""

FORMULAS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠SUM(1)",
    '=HYPERLINK("http://evil.example","x")', '=IMPORTXML("http://evil.example","//a")', "%0A=1", "';=1", '"=1',
    '=DDE("cmd";"/C calc";"x")', "  =1", "-", "+", "=", "@",
)  # fmt: skip
MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b>", "</b>", "</para>", "</para><para>", "5 <b> rep",
    "x</para>y", "<para>", "<br/>", "<font color='red'>x</font>", '<img src="/etc/passwd">', '<img src="file:///etc/passwd"/>',
    "<img src='http://evil.example/x.png'/>", '<a href="javascript:alert(1)">x</a>', "<a href='file:///etc/passwd'>x</a>",
    "<font color=\"[[[getattr(pow,Word('__globals__'))]]]\">x</font>", "<svg onload=alert(1)>", "&lt;b&gt;", "&amp;", "&", "&#0;",
    "&nbsp;", "<!--", "-->", "<![CDATA[", "]]>", "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    '" onmouseover="alert(1)', "' onfocus='alert(1)", "javascript:alert(1)", "{{7*7}}", "{% raw %}", "${7*7}", "#{7*7}", "%(name)s",
    "{0.__class__}", "{name}", "%s%s%s%n", "%", "%%", "\\", "\\x00", "\\u0000", "<bdi>", "`id`", "$(id)", "; ls", "| cat",
)  # fmt: skip
QUERIES = (
    "' OR 1=1 --", "'; DROP TABLE deal; --", '" OR ""="', "1; SELECT pg_sleep(9)", "%_%", "_", "\\%", "/*", "*/", "--",
    "1 UNION SELECT password_hash FROM credential", "'", '"', "''", "NULL", "null", "None", "undefined", "true",
)  # fmt: skip
PATHS = (
    "../../etc/passwd",
    "..\\..\\windows",
    "/etc/passwd",
    "C:\\con",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "//evil.example",
)
NUMBERS = (
    "NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "inf", "1e400", "1E+999999999", "-1e-400", "0x10", "1_000", "１２", "٣", "²", "½", "-0",
    "+5", "9" * 30, "9" * 400, "-" + "9" * 30, "2147483648", "9223372036854775808", "-9223372036854775809", "0.0000000000001", "1,2,3", "1.2.3",
    "1e2", "0b11", "0o7", ".", ",", "1.", ".5", "1 000 000", "--1", "99999999999999.999",
)  # fmt: skip
DATES = (
    "0000-00-00", "2026-02-30", "2026-13-01", "9999-12-31", "10000-01-01", "-0001-01-01", "0001-01-01", "2026-1-1", "31/12/2026", "tomorrow",
    "2026-12-31T23:59:59Z", "２０２６-01-01", "1e9", "2026-Q5", "2026-W54", "2026-00",
)  # fmt: skip
LETTERS = (
    "\x00", "a\x00b", "\x01", "\x1b[31mred", "\x7f", "\x85", "\u2028", "\u2029", "\u202eevil", "\u2066x\u2069", "\u200b", "\u200d", "\ufeff",
    "\u3164", "\u00ad", "\ue000", "\uffff", "\U0010ffff", "\ufffe", "e" + "\u0301" * 40, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A", "ﷺ", "🏳️‍🌈", "👨‍👩‍👧‍👦", "مرحبا", "שלום", "日本語", "ไทย",
    "ŁőŻ", "İıſß", "K", "ﬁ", "a\r\nSet-Cookie: x=y", "a\nb\nc", "\n", "\r\n", " ", "\u00a0", "\t", "", "a" * 201, "a" * 5_000, "é" * 20_001,
    "x" * 100_000, "\n" * 5_000, "a b " * 5_000, "(" * 2_000, "[" * 2_000,
)  # fmt: skip
VALUES = tuple(dict.fromkeys((*FORMULAS, *MARKUP, *QUERIES, *PATHS, *NUMBERS, *DATES, *LETTERS)))
