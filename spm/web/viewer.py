"""For whom the present request is answered: the signed-in person's way of reading."""

from dataclasses import replace

from flask import g
from flask_login import current_user

from spm.domain.access import Permission, may_at_all, reach
from spm.i18n import labels
from spm.web.rendering import Viewer, device_locale, device_viewer, has_device_theme


def signed_in_viewer() -> Viewer:
    """Return the viewer of the request's unit of work; the device's where nobody is signed in."""
    device = device_viewer()
    work, signed_in = g.get("work"), current_user.signed_in
    if work is None:
        return device
    organisation = work.organisation
    known = replace(
        device,
        zone=organisation.zone,
        organisation=organisation.name or None,
        locale=device_locale(signed_in.locale if signed_in else None, organisation.locale),
    )
    if signed_in is None:
        return known
    actor = signed_in.actor
    return replace(
        known,
        name=actor.name,
        roles=tuple(str(labels.label(role)) for role in sorted(actor.roles)),
        may=lambda permission: may_at_all(actor, Permission(permission)),
        may_all=lambda permission: reach(actor, Permission(permission)).is_everybody,
        sells=actor.sells,
        theme=device.theme if has_device_theme() else signed_in.theme,
    )
