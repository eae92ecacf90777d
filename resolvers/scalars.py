"""The scalars of the schema, with the formats in which they are written and read."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NewType

import strawberry
from graphql import GraphQLError

if TYPE_CHECKING:
    Date = date
    DateTime = datetime
    Money = Decimal
else:
    Date = NewType("Date", date)
    DateTime = NewType("DateTime", datetime)
    Money = NewType("Money", Decimal)


def parse_date(value: object) -> date:
    """An ISO 8601 calendar date ("2017-05-01")."""
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise GraphQLError(f'Date cannot represent {value!r}: write it as "2017-05-01".') from None


def parse_datetime(value: object) -> datetime:
    """An ISO 8601 date and time with its offset from UTC ("2017-05-01T09:30:00Z")."""
    try:
        parsed = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise GraphQLError(f'DateTime cannot represent {value!r}: write it as "2017-05-01T09:30:00Z".')
    return parsed


def parse_money(value: object) -> Decimal:
    """A decimal number, as text or as a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise GraphQLError(f'Money cannot represent {value!r}: write a number or "1234.50".')
    try:
        parsed = Decimal(str(value))
    except InvalidOperation:
        parsed = Decimal("NaN")
    if not parsed.is_finite():
        raise GraphQLError(f'Money cannot represent {value!r}: write a number or "1234.50".')
    return parsed


def write_money(value: Decimal) -> str:
    """Plain digits, with two decimals at least where it is not whole ("7738700", "65129.50")."""
    if value == value.to_integral_value():
        return format(value.to_integral_value(), "f")
    cents = value.quantize(Decimal("0.01"))
    return format(cents if cents == value else value, "f")


def write_iso(value: date) -> str:
    """ISO 8601."""
    return value.isoformat()


SCALARS: dict[object, Any] = {
    Date: strawberry.scalar(
        name="Date",
        description='A calendar day in ISO 8601 ("2017-05-01").',
        serialize=write_iso,
        parse_value=parse_date,
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        description='A moment in ISO 8601 with its offset ("2017-05-01T09:30:00+00:00").',
        serialize=write_iso,
        parse_value=parse_datetime,
    ),
    Money: strawberry.scalar(
        name="Money",
        description='An amount in the city\'s currency, as decimal text ("7738700").',
        serialize=write_money,
        parse_value=parse_money,
    ),
}
"""For `StrawberryConfig(scalar_map=SCALARS)`."""
