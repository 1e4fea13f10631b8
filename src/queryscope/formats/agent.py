"""The compact list for programs: tab-separated, one finding a line, documented in docs/formats/agent.md."""

from __future__ import annotations

from queryscope.formats.inert import inert
from queryscope.formats.words import allowed_in_words, place, removal_in_words
from queryscope.model import Finding, Report

HEADER = "#queryscope-agent 1"
COLUMNS = (
    "id",
    "status",
    "confidence",
    "rule",
    "place",
    "avoidable",
    "queries",
    "evidence",
    "code",
    "message",
)


def render(report: Report) -> str:
    """The list: a version line, the verdict, the names of the columns, then the findings in rank order."""
    lines = [HEADER, f"#verdict\t{report.run.verdict}\t{len(report.findings)}"]
    lines += [f"#missing\t{inert(text)}" for text in report.run.missing]
    lines += [f"#note\t{inert(text)}" for text in report.run.notes]
    lines += [f"#allowed\t{inert(allowed_in_words(each))}" for each in report.allowed]
    lines += [
        f"#removal\t{inert(removal.confidence)}\t{inert(removal_in_words(removal))}\t{inert(removal.drop_sql)}"
        for removal in report.removals
    ]
    lines.append("#" + "\t".join(COLUMNS))
    lines += ["\t".join(inert(cell) for cell in cells(finding)) for finding in report.findings]
    return "\n".join(lines) + "\n"


def cells(finding: Finding) -> tuple[str, ...]:
    """One finding as the values of `COLUMNS`; `-` where there is none."""
    fix = finding.fixes[0] if finding.fixes else None
    return (
        finding.id,
        finding.status or "-",
        finding.confidence,
        finding.rule,
        place(finding),
        str(finding.worst.avoidable_queries),
        str(finding.worst.query_count),
        str(fix.evidence.level) if fix else "none",
        (fix.code or fix.title or "-") if fix else "-",
        finding.message,
    )
