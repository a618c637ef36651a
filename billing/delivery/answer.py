"""What the receiver of a document answers: the status codes of Peppol's Invoice Response (UNCL4343, T111)."""

from enum import StrEnum


class DeliveryAnswer(StrEnum):
    """By its code, what becomes of the document at its receiver."""

    ACKNOWLEDGED = "AB"  # the message was received; of the document nothing is said
    IN_PROCESS = "IP"
    UNDER_QUERY = "UQ"  # it will not be paid until something is cleared up
    CONDITIONALLY_ACCEPTED = "CA"
    REJECTED = "RE"
    ACCEPTED = "AP"
    PAID = "PD"


#: After these nothing more is to come, and nobody is asked any more.
FINAL = frozenset({DeliveryAnswer.REJECTED, DeliveryAnswer.PAID})
#: These are put before a person, who notes what is done about them.
OF_A_PERSON = frozenset({DeliveryAnswer.REJECTED, DeliveryAnswer.UNDER_QUERY, DeliveryAnswer.CONDITIONALLY_ACCEPTED})
