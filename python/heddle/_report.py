"""What a command of the program found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


class Report(dict):
    """A report of the program as a dictionary: the fields of cosim/REPORTS.md."""

    def to_pandas(self, by: str = "phase") -> "pandas.DataFrame":
        """The report's figures as a table, one row per policy and phase (`all` is their sum).

        `by="place"` has one row per layer, site, phase and policy instead, for a network.
        Fields of `breakdown` and `kept` have columns of their own, such as `breakdown.drain`.
        """
        try:
            import pandas
        except ModuleNotFoundError as error:
            raise ImportError("to_pandas needs pandas: install it with pip install pandas") from error
        return pandas.DataFrame(self._rows(by))

    def _rows(self, by: str) -> list[dict[str, Any]]:
        if by not in ("phase", "place"):
            raise ValueError(f"by is {by!r}: give 'phase' or 'place'")
        if by == "place":
            if "places" not in self:
                raise ValueError("by is 'place', but this report has none: count a network")
            return [
                {**_scalars(place), "policy": policy, **_scalars(part)}
                for place in self["places"]
                for policy, part in place["policies"].items()
            ]
        if "policies" not in self:
            return [_scalars(self)]
        return [
            {"policy": policy, "phase": phase, **_scalars(part)}
            for policy, all_phases in self["policies"].items()
            for phase, part in [*all_phases.get("phases", {}).items(), ("all", all_phases)]
        ]


def _scalars(fields: dict[str, Any]) -> dict[str, Any]:
    """Numbers and words of `fields`, and those of its parts that say where and how much."""
    row = {
        name: value
        for name, value in fields.items()
        if value is None or isinstance(value, (bool, int, float, str))
    }
    for part in ("kept", "breakdown"):
        for name, value in (fields.get(part) or {}).items():
            row[f"{part}.{name}"] = value
    return row
