"""Answers to htmx: a fragment where one was asked for, a page otherwise."""

from flask import Flask, Response, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse


def is_fragment() -> bool:
    """Return whether htmx asks for a part of the page (a boosted link wants the whole)."""
    return request.headers.get("HX-Request") == "true" and (
        request.headers.get("HX-Boosted") != "true"
    )


def go(url: str) -> BaseResponse:
    """Answer a finished act: see ``url`` next, with or without htmx."""
    if is_fragment():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url, code=303)


def vary(app: Flask) -> None:
    """Keep a cached fragment from being shown as a page."""

    @app.after_request
    def say(response: Response) -> Response:
        response.vary.add("HX-Request")
        return response
