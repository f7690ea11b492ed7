"""What every answer carries, errors included, and what every unsafe request must."""

from flask import Flask, Response, abort, request

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)


def send_headers(app: Flask, *, is_secure: bool) -> None:
    """Add the security headers to every answer; private pages are never stored."""

    @app.before_request
    def refuse_cross_site() -> None:
        """A browser says where a request comes from; no form of ours comes from elsewhere."""
        site = request.headers.get("Sec-Fetch-Site")
        if request.method not in {"GET", "HEAD", "OPTIONS"} and site in {"cross-site", "same-site"}:
            abort(403)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint == "static" and response.status_code < 300:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers["Cache-Control"] = "no-store"
            response.vary.update(("Cookie", "HX-Request"))
        return response
