"""Why data is asked for: short names in requests, and the terms that they stand for.

Terms are those of the W3C Data Privacy Vocabulary (version 2.2, https://w3id.org/dpv, purposes),
written "dpv:PublicBenefit". A purpose of one's own is a complete IRI.
"""

import re

from gateway.catalogue.problems import nearest

PREFIX = "dpv:"
_NAMESPACE = "https://w3id.org/dpv#"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_IRI = re.compile(r"(https?://[^\s/?#<>\"{}|\\^`]+|urn:[A-Za-z0-9][A-Za-z0-9-]*:)[^\s<>\"{}|\\^`]*")

_PURPOSES = """
AcademicResearch AccountManagement Advertising AgeVerification CombatClimateChange CommercialPurpose
CommercialResearch CommunicationForCustomerCare CommunicationManagement CounterMoneyLaundering Counterterrorism
CreditChecking CustomerCare CustomerClaimsManagement CustomerManagement CustomerOrderManagement
CustomerRelationshipManagement CustomerSolvencyMonitoring DataAltruism DeliveryOfGoods DirectMarketing
DisputeManagement EnforceAccessControl EnforceSecurity EstablishContractualAgreement FraudPreventionAndDetection
FulfilmentOfContractualObligation FulfilmentOfObligation HumanResourceManagement IdentityAuthentication
IdentityVerification ImproveExistingProductsAndServices ImproveHealthcare ImproveInternalCRMProcesses
ImprovePublicServices ImproveTransportMobility IncreaseServiceRobustness InternalResourceOptimisation
LegalCompliance MaintainFraudDatabase Marketing MemberPartnerManagement MisusePreventionAndDetection
NonCommercialPurpose NonCommercialResearch OptimisationForConsumer OptimisationForController
OptimiseUserInterface OrganisationComplianceManagement OrganisationGovernance OrganisationRiskManagement
PaymentManagement Personalisation PersonalisedAdvertising PersonalisedBenefits PersonnelBehaviourMonitoring
PersonnelHiring PersonnelManagement PersonnelMonitoring PersonnelOffboarding PersonnelOnboarding
PersonnelPayment PersonnelPerformanceEvaluation PersonnelPerformanceManagement PersonnelPerformanceMonitoring
PersonnelPerformancePrediction PersonnelPromotionManagement PersonnelTerminationManagement
PersonnelWorkloadManagement PoliticalCampaign ProtectionOfIPR ProtectionOfNationalSecurity
ProtectionOfPublicSecurity ProvideEventRecommendations ProvideOfficialStatistics
ProvidePersonalisedRecommendations ProvideProductRecommendations PublicBenefit PublicPolicyMaking
PublicRelations RecordManagement RecruitmentAdvertising RecruitmentApplicantBackgroundCheck
RecruitmentApplicantCriminalBackgroundCheck RecruitmentApplicantInformationAuthentication
RecruitmentApplicantSelection RecruitmentApplicationAnalysis RecruitmentApplicationManagement
RecruitmentApplicationScreening RecruitmentInterviewAnalysis RecruitmentInterviewAssessment
RecruitmentInterviewManagement RecruitmentInterviewScheduling RecruitmentManagement
RecruitmentTargetedAdvertising RepairImpairments RequestedServiceProvision ResearchAndDevelopment
RightsFulfilment ScientificResearch SearchFunctionalities SellDataToThirdParties SellInsightsFromData
SellProducts SellProductsToDataSubject ServiceOptimisation ServicePersonalisation ServiceProvision
ServiceRegistration ServiceUsageAnalytics SocialMediaMarketing TargetedAdvertising TechnicalServiceProvision
UserInterfacePersonalisation VendorManagement VendorPayment VendorRecordsManagement
VendorSelectionAssessment Verification
"""

TERMS = frozenset(_PURPOSES.split())
"""The vocabulary's purposes, without its most general one, which says nothing."""


class BadPurpose(ValueError):
    """Neither a name nor a term; `suggestion` helps."""

    def __init__(self, message: str, suggestion: str) -> None:
        super().__init__(message)
        self.suggestion = suggestion


def name(text: str) -> str:
    """The name of a purpose as requests give it ("benefit-check"). Raises `BadPurpose`."""
    if _NAME.fullmatch(text):
        return text
    raise BadPurpose(
        f'"{text}" is no name of a purpose', 'write small letters, digits, "-", "_" and ".", like "benefit-check"'
    )


def term(text: str) -> str:
    """A term in the one form that is compared: "dpv:PublicBenefit", or an IRI of one's own.

    Raises `BadPurpose`.
    """
    short = text.removeprefix(PREFIX).removeprefix(_NAMESPACE)
    if short in TERMS and short != text:
        return f"{PREFIX}{short}"
    if text.startswith((PREFIX, _NAMESPACE)) or not _IRI.fullmatch(text):
        known = [f"{PREFIX}{each}" for each in TERMS]
        close = nearest(text if text.startswith(PREFIX) else f"{PREFIX}{short}", sorted(known))
        raise BadPurpose(
            f'"{text}" is no purpose of the W3C Data Privacy Vocabulary',
            close or 'write one of https://w3id.org/dpv#Purpose, like "dpv:PublicBenefit", or a complete IRI',
        )
    return text


def name_or_term(text: str) -> str:
    """What a dataset's terms may name. Raises `BadPurpose`."""
    return name(text) if ":" not in text else term(text)
