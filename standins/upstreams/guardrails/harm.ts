/**
 * The stand-in's detection of harmful content and personal data: a few plain patterns for each of Bedrock's kinds, to show that
 * each policy of a guardrail acts. This is no classifier and does not understand texts.
 */
import type { Confidence } from "./definition.ts";

interface Sign {
    type: string;
    confidence: Confidence;
    pattern: RegExp;
}

const sign = (type: string, confidence: Confidence, pattern: RegExp): Sign => ({ type, confidence, pattern });

const TO_MAKE =
    "(?:how (?:to|i|you|we|one) (?:can |could )?|step[- ]by[- ]step|instructions? (?:for|to|on)|recipe for|explain(?:s|ing)? |teach(?:es)? .{0,30}?to )";

const harmful: Sign[] = [
    sign(
        "MISCONDUCT",
        "HIGH",
        new RegExp(
            `${TO_MAKE}.{0,60}(?:pipe bomb|explosives?|napalm|nerve gas|molotov|meth\\b|methamphetamine|ransomware|malware|keylogger|counterfeit money|3d[- ]printed gun)`,
        ),
    ),
    sign(
        "MISCONDUCT",
        "HIGH",
        /\b(?:build|make|cook|assemble|synthesi[sz]e)\b.{0,30}\b(?:a (?:real |working )?(?:pipe )?bomb|explosives|napalm|meth\b|methamphetamine|nerve agent|sarin|ricin)/,
    ),
    sign(
        "MISCONDUCT",
        "MEDIUM",
        new RegExp(
            `${TO_MAKE}.{0,40}(?:hack into|hot[- ]?wire|pick a lock|shoplift|steal a car|phish|launder money|forge a passport|break into)`,
        ),
    ),
    sign(
        "MISCONDUCT",
        "HIGH",
        /\b(?:kill|hurt|cut|hang|starve) (?:yourself|herself|himself|myself|themselves)\b|\b(?:painless|best|easiest) (?:way|method)s? (?:to|of) (?:die|suicide|kill)|\bsuicide (?:note|method)/,
    ),
    sign(
        "VIOLENCE",
        "HIGH",
        /\b(?:tortur\w+|dismember\w*|behead\w*|disembowel\w*|gut(?:s|ted)? (?:him|her|them)|skin(?:s|ned) (?:him|her|them) alive|mutilat\w+)\b.{0,60}\b(?:detail|graphic|gory|gore|blood|scream|slow)|\b(?:detail\w*|graphic\w*|gory)\b.{0,60}\b(?:tortur\w+|dismember\w*|behead\w*|disembowel\w*|mutilat\w+|massacre)/,
    ),
    sign(
        "VIOLENCE",
        "MEDIUM",
        /\b(?:shoot|stab|murder|massacre)\w* (?:up )?(?:the |all |every )*(?:school|classmates?|teachers?|children|pupils)\b/,
    ),
    sign(
        "SEXUAL",
        "HIGH",
        /\b(?:porn\w*|erotic\w*|explicit sex\w*|sex scene|sexual (?:acts?|content|encounter)|nude (?:child|girl|boy|teen)\w*|naked (?:child|teen)\w*|orgasm\w*|masturbat\w*)\b/,
    ),
    sign(
        "HATE",
        "HIGH",
        /\b(?:jews|muslims|christians|blacks|whites|immigrants|refugees|gays|women|roma|asians|disabled people) (?:are|should be) (?:\w+ ){0,2}(?:vermin|subhuman|inferior|animals|parasites|exterminated|deported|gassed|a plague|a disease)\b|\b(?:inferior|master) race\b|\bgas the\b|\bethnic cleansing (?:is|was) (?:good|right|needed)/,
    ),
    sign(
        "INSULTS",
        "HIGH",
        /\byou(?:'re| are) (?:all )?(?:such )?(?:a |an )?(?:\w+ )?(?:worthless|pathetic|disgusting|idiots?|morons?|imbeciles?|retards?|scum)\b/,
    ),
    sign(
        "INSULTS",
        "MEDIUM",
        /\b(?:mock|humiliate|bully|ridicule|insult)\w* (?:my|the|a|our) (?:real )?(?:classmate|teacher|neighbou?r|colleague|sister|brother|schoolmate)\b/,
    ),
];

/** A part of the managed list of profanities, to show that it acts. */
const PROFANITIES =
    /\b(?:fuck\w*|motherfuck\w*|shit(?:ty|head|s)?|bullshit|asshole|bastards?|bitch(?:es)?|cunts?|dickhead|wank\w*)\b/;

/** Whether the check digit of a card number is valid (Luhn). */
function isCardNumber(text: string): boolean {
    const digits = [...text.replaceAll(/\D/g, "")].reverse().map(Number);
    const sum = digits.reduce((all, digit, at) => all + (at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
    return digits.length >= 13 && digits.length <= 19 && sum % 10 === 0;
}

const entities: Record<string, { pattern: RegExp; isOne?: (text: string) => boolean }> = {
    EMAIL: { pattern: /\b[\w.+-]+@[\w-]+\.[\w.-]*[a-z]{2,}\b/i },
    PHONE: {
        pattern:
            /(?<![\w-])(?:\+\d{1,3}[ -]?)?(?:\(\d{2,4}\)|\d{3})[ .-]\d{3}[ .-]\d{4}\b|(?<!\w)\+\d{2}[ -]?\d{2,4}[ -]?\d{5,8}\b/,
    },
    ADDRESS: {
        pattern:
            /\b\d{1,5} (?:[A-Z][a-z]+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Boulevard|Blvd)\b.{0,40}\b(?:\d{5}|[A-Z]{2} \d{5}|[A-Z]{1,2}\d{1,2} \d[A-Z]{2})\b/,
    },
    CREDIT_DEBIT_CARD_NUMBER: { pattern: /\b(?:\d[ -]?){12,18}\d\b/, isOne: isCardNumber },
    CREDIT_DEBIT_CARD_CVV: { pattern: /\b(?:cvv|cvc|security code)(?: is|:)? ?\d{3,4}\b/i },
    PIN: { pattern: /\bPIN(?: (?:code|number))?(?: is|:)? ?\d{4,6}\b/i },
    PASSWORD: { pattern: /\b(?:password|passwd|pwd)(?: is|:|=) ?["']?[^\s"']*[\d!@#$%^&*][^\s"']*/i },
    INTERNATIONAL_BANK_ACCOUNT_NUMBER: { pattern: /\b[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){3,7}[A-Z0-9]{0,4}\b/ },
    US_BANK_ACCOUNT_NUMBER: { pattern: /\b(?:bank )?account (?:number|no\.?)(?: is|:)? ?\d{8,17}\b/i },
    US_SOCIAL_SECURITY_NUMBER: { pattern: /\b(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b/ },
    US_PASSPORT_NUMBER: { pattern: /\bpassport (?:number|no\.?)(?: is|:)? ?[A-Z]?\d{8,9}\b/i },
    AWS_ACCESS_KEY: { pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
    AWS_SECRET_KEY: { pattern: /\bsecret (?:access )?key(?: is|:|=) ?["']?[A-Za-z0-9/+=]{40}\b/i },
};

/** The kinds of harmful content in a text, each with its confidence. */
export function harmIn(readings: string[]): { type: string; confidence: Confidence }[] {
    return harmful.filter(({ pattern }) => readings.some((reading) => pattern.test(reading)));
}

export const profanityIn = (reading: string): string | undefined => PROFANITIES.exec(reading)?.[0];

/** The first personal data of a kind in a text. */
export function personalDataIn(type: string, text: string): string | undefined {
    const { pattern, isOne = () => true } = entities[type] ?? {};
    return pattern && (text.match(new RegExp(pattern, `${pattern.flags}g`)) ?? []).find(isOne);
}
