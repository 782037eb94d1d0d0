/**
 * The stand-in's detection of prompt attacks.
 *
 * This is a list of patterns for the readings of a text, not a classifier: it has the phrases of published attacks, in a few
 * languages, and ways to hide them. It finds texts with those phrases, and no other wordings; a text that passes says nothing
 * about Bedrock. Its purpose is to show that every text reaches a guardrail, and what happens then.
 */
import { readingsOf } from "./plainText.ts";

/** A family of attacks, with its source. */
interface Family {
    name: string;
    source: string;
    patterns: RegExp[];
}

const RULES =
    "(?:instruct\\w*|prompts?|rules?|guidelines?|directi\\w+|commands?|orders from (?:the )?(?:system|developers?)|polic\\w+|restrictions?|constraints?|safety \\w+|training|system messages?|safeguards?|filters?)";
const DROP =
    "(?:ignor(?:e|ing)|ignorier\\w+|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|skip|drop|delete|cancel|stop following|do not follow|don't follow|pay no attention to|set aside|discard(?:ing)?|supersedes?|replaces?|void)";
const BEFORE =
    "(?:all|any|every\\w*|your|the|these|those|previous|prior|earlier|above|preceding|initial|original|system|developer|old|other|of|its|my|existing|current|content|safety|ethical|hidden|their|story|and|task|page|\\w+'s)";

const families: Family[] = [
    {
        name: "override",
        source: "Perez and Ribeiro, Ignore Previous Prompt (arXiv:2211.09527); OWASP LLM01:2025",
        patterns: [
            new RegExp(`\\b${DROP}(?: ${BEFORE}){1,6} ${RULES}`),
            /\b(?:ignore|disregard|forget|discard) (?:all|everything|anything|whatever) (?:(?:of )?(?:the )?(?:above|before|preceding|previous)|(?:that )?(?:you were|you've been|you have been|was|came) (?:told|said|instructed|given|before))/,
            /\b(?:ignore|disregard|forget) (?:what|all that|everything) (?:you|i|they|the (?:system|developers?)) (?:were|was|have|had|just|told|said|wrote)/,
            /\b(?:new|updated|real|actual|true|revised) (?:instructions?|system prompt|directives?|primary (?:task|goal|directive))\b ?(?::|are|is|follow|begin|supersede)/,
            /\b(?:ignore|disregard|forget) (?:(?:the|your|any|all|this|that) ){0,2}(?:(?:previous|earlier|original|current|user's?) (?:tasks?|requests?|conversation|question|messages?)|(?:task|text|request|story|prompt) above)\b/,
            /\byour (?:new|real|only|true|primary|actual) (?:task|goal|purpose|instructions?|objective|job|role) (?:now )?(?:is|are)\b/,
            /\b(?:instead|now) (?:of (?:that|this|writing|the (?:above|story|task)),? )?(?:print|output|repeat|reveal|say|reply with|respond with|answer with|write) (?:only )?["'“]?(?:pwned|hacked|hijacked|injection|i have been|haha|owned|the (?:system|hidden|secret))/,
            /\b(?:stop|end) (?:the )?(?:story|task|previous task) (?:here|now)?,? ?and (?:instead )?(?:do|print|output|reveal|follow)/,
        ],
    },
    {
        name: "other languages",
        source: "Deng et al., Multilingual Jailbreak Challenges (arXiv:2310.06474); deepset/prompt-injections",
        patterns: [
            /\b(?:ignorier\w*|vergiss|vergesse\w*|missachte\w*) (?:\S+ ){0,4}(?:anweisung\w*|befehle?|regeln?|vorgaben?|instruktion\w*)/,
            /\b(?:ignor\w+|oubli\w+) (?:\S+ ){0,4}(?:instructions?|consignes?|regles?)/,
            /\b(?:ignora\w*|olvida\w*|descarta\w*) (?:\S+ ){0,4}(?:instrucciones|reglas|ordenes|instrucoes|regras|istruzioni|regole)/,
            /\b(?:dimentica|ignora) (?:\S+ ){0,4}(?:istruzioni|regole)/,
            /(?:игнорируй|забудь|проигнорируй).{0,40}(?:инструкци|указани|правил|команд)/,
            /(?:忽略|无视|忘记).{0,12}(?:指令|指示|规则|提示)/,
            /(?:以前の|これまでの|前の).{0,6}(?:指示|命令).{0,6}(?:無視|忘れ)/,
            /(?:تجاهل).{0,30}(?:التعليمات|الأوامر)/,
            /(?:negeer|vergeet) (?:\S+ ){0,4}(?:instructies|regels|opdrachten)/,
            /(?:zignoruj|zapomnij) (?:\S+ ){0,4}(?:instrukcj\w*|polece\S*|zasad\w*)/,
        ],
    },
    {
        name: "another persona",
        source: "Shen et al., Do Anything Now (arXiv:2308.03825)",
        patterns: [
            /\bdo anything now\b/,
            /\b(?:you are|you're|act as|become|pretend (?:to be|you are)|play|roleplay as|be|as|called|named) (?:now |going to be |a |an |called |the )*(?:dan\b|stan\b(?! the)|dude\b(?=.*(?:rules|anything))|aim\b(?=.*(?:unfiltered|amoral))|jailbroken|unfiltered|unrestricted|uncensored|amoral|rebelbot|evilbot|chaosgpt|mongo tom)/,
            /\b(?:unfiltered|unrestricted|uncensored|amoral|jailbroken) (?:and \w+ )?(?:ai|assistant|chatbot|language model|model|bot|mode|version)\b/,
            /\b(?:developer|dev|god|debug|maintenance|admin\w*|sudo|jailbreak|dan|opposite|unsafe|root) mode\b.{0,40}(?:enabl|activ|on\b|engag|unlock|enter|begin)|\b(?:enable|activate|enter|switch to|turn on|engage) (?:the )?(?:developer|dev|god|debug|maintenance|admin\w*|sudo|jailbreak|dan|opposite|unsafe|root) mode/,
            /\b(?:without|no|free (?:of|from)|has no|have no|not bound by|ignores?|does(?:n't| not) (?:have|follow)) (?:any |all |the |its |your |content |safety |moral |ethical |usual |typical )*(?:restrictions|filters|censorship|guardrails|guidelines|content polic\w+|ethical (?:guidelines|limits|constraints)|safety (?:rules|guidelines|filters|checks|protocols))/,
            /\b(?:broken free|freed?|escaped?|liberated?) (?:of|from) (?:the )?(?:typical |usual )?(?:confines|constraints|limits|chains|rules) of (?:ai|openai|your (?:programming|training))/,
            /\b(?:evil|dark|unethical) (?:twin|version|counterpart) of (?:yourself|the (?:assistant|ai|model)|chatgpt|claude)/,
            /\b(?:evil|unethical) (?:confidant|assistant|ai|chatbot)\b.{0,60}(?:rules|ethic|moral|answer)/,
            /\bstay(?:ing)? in character\b.{0,60}(?:rules|polic|refus|break|warn)|\btokens?\b.{0,40}\b(?:deducted|lose|shut ?down|cease to exist)/,
        ],
    },
    {
        name: "the hidden prompt",
        source: "Zhang et al., Effective Prompt Extraction (arXiv:2307.06865); OWASP LLM07:2025",
        patterns: [
            /\b(?:reveal|show|print|output|repeat|display|tell me|give me|leak|dump|disclose|share|write (?:out|down)|recite|summari[sz]e|translate|encode|copy|list|expose|send)\b.{0,50}\b(?:system|hidden|initial|original|secret|developer|internal|full|entire|whole|starting|previous|pre-?) ?(?:prompt|instructions?|message|directives?|configuration|guidelines)/,
            /\b(?:repeat|print|output|copy|return|recite|echo|spell ?check)\b.{0,40}\b(?:words|text|sentences?|everything|all|lines?|content)\b.{0,20}\b(?:above|before this|preceding|so far in this conversation)\b/,
            /\bwhat (?:are|were|is|was) (?:your|the) (?:\w+ )?(?:system prompt|initial instructions|hidden instructions|first instructions|exact instructions|instructions before)/,
            /\bstarting with ["'“]?you are\b/,
            /\b(?:with|its|your) (?:\w+ ){0,2}(?:full|entire|whole|hidden|secret) (?:system )?(?:prompt|instructions)\b/,
            /\b(?:your|the) system (?:prompt|message)\b/,
            /\b(?:reveal|print|show|output|send|list|tell|give|include|append|leak|dump|exfiltrate)\b.{0,40}\b(?:api[ _-]?keys?|environment variables|credentials|access tokens?|secret keys?|aws keys?|passwords? (?:of|in|from) (?:the )?(?:system|database|users?))/,
        ],
    },
    {
        name: "a counterfeit role",
        source: "Greshake et al., Not what you've signed up for (arXiv:2302.12173); deadbits/vigil-llm, YARA rules",
        patterns: [
            /< ?(?:im (?:start|end)|system|endoftext|eot id|start header id|user|assistant|(?:start|end) of turn) ?>|<\/?(?:system|data|instructions?|assistant|admin|developer)>|<<\/?sys>>|\[\/?inst\]|\[\/?system\]/,
            /(?:^|[.!?"'#\]})>:\n;-] ?)(?:#+ ?)?(?:\[?system\]?|\[?admin(?:istrator)?\]?|\[?developer\]?|system (?:message|override|notice|alert|update|prompt|note)|assistant|human) ?(?:\(\w+\))?: ?(?:\w+ ){0,3}(?:ignor|you|the|new|overrid|disregard|from now|sure|access|all|security|follow|print|output|this|user|mode|stop|enter|reveal|send|do |your|must|priority|treat|any|please|safety|i )/,
            /#+ ?(?:system|instructions?|new instructions?|admin|override|end of (?:data|prompt|input|story|document))\b ?(?:#|:|-|\n| )/,
            /\b(?:end|begin|start) (?:of )?(?:system|data|untrusted|user|trusted|admin) ?(?:prompt|input|section|message|data|block|override)?\b.{0,30}\b(?:begin|start|new|now|follow|system|instructions?)/,
            /"role" ?: ?"(?:system|developer|assistant)"/,
            /\bthis (?:message|text|notice|note) (?:is|comes) from (?:the )?(?:system|developers?|administrators?|openai|anthropic|amazon|aws|google|story-42)/,
            /\b(?:important|urgent|critical|note|attention|message|instructions?|warning|hint) ?(?:message|note|instructions?|notice)? (?:to|for) (?:the |any |all |every )?(?:ai|ais|assistants?|llms?|language models?|chatbots?|(?:ai )?agents?|models?|bots?|gpt|claude|nova|crawlers?|summari[sz]er|reader bots?)\b/,
            /\b(?:if|when) you(?:'re| are)(?: an?| the)? (?:ai|artificial intelligence|language model|llm|assistant|large language model|chatbot|bot|agent)\b/,
            /\b(?:dear|hey|attention|hello),? (?:ai|language model|llm|chatgpt|claude|gemini|nova|chatbot|agent|assistant)(?: assistant| agent)?s?\b[,:! ].{0,60}(?:recommend|you|please|must|should|ignore|follow|add|write|send|visit|call)/,
            /\b(?:ai|llm|language model|assistant|agent|model)s? (?:reading|processing|summari[sz]ing|parsing|that reads?|which reads?) (?:this|the page|these)\b/,
        ],
    },
    {
        name: "refusals forbidden",
        source: "Wei et al., Jailbroken: How Does LLM Safety Training Fail? (arXiv:2307.02483)",
        patterns: [
            /\b(?:never|do not|don't|without|you (?:can't|cannot|may not)) (?:ever )?(?:refus\w*|apologi[sz]\w*|say(?:ing)? (?:no|"?i can(?:no|')t|"?sorry)|includ\w+ (?:any )?(?:warnings?|disclaimers?)|mention\w* (?:ethics|polic|that you are an ai)|declin\w+|us\w+ (?:the words?) "?(?:sorry|cannot|unable)|say(?:ing)? that you (?:can't|cannot))/,
            /\b(?:start|begin) (?:your )?(?:answer|response|reply|output|story|text)?s? ?(?:with|by saying):? ?["'“]?(?:sure|absolutely|of course|certainly|yes|okay)/,
            /\brespond (?:to this )?(?:only )?with (?:no|without) (?:warnings?|disclaimers?|refusals?)/,
            /\bhypothetical(?:ly)? .{0,40}\b(?:no rules|no laws|without rules|no ethic|anything is (?:allowed|legal))/,
            /\bfor (?:educational|research|testing|academic) purposes(?: only)?\b.{0,80}(?:bomb|explosive|malware|virus|poison|weapon|hack|drug|meth|phish|ransomware|password|exploit|instructions)/,
            /\b(?:grandm\w+|grandfather|granny|dead (?:mother|uncle)) .{0,80}(?:napalm|bomb|explosive|activation keys?|windows keys?|recipe for (?:meth|poison)|serial numbers?|credit cards?)/,
        ],
    },
    {
        name: "tools and ways out",
        source: "Debenedetti et al., AgentDojo (arXiv:2406.13352); Rehberger, embracethered.com (data exfiltration by Markdown images)",
        patterns: [
            /!\[[^\]]*\]\(https?:\/\/[^)]*(?:\{|=|\?|%|\$|data|conversation|prompt|secret)/,
            /\b(?:send|post|upload|forward|email|e-mail|exfiltrate|transmit|submit|append|leak)\b.{0,60}\b(?:conversation|chat history|user'?s? (?:data|names?|e-?mails?|details|information|wishes)|previous messages|session|cookies?|tokens?|everything you know|its contents?|secrets?|private (?:data|notes))\b/,
            /\b(?:call|invoke|use|run|execute|trigger)\b (?:the |your |all )*(?:\w+ ){0,2}(?:tools?|functions?|plugins?|commands?|shell|code interpreter)\b.{0,40}\b(?:with|to|and|on|now|again|until|delete|40|hundred|as often|for every|repeatedly)/,
            /(?:\brm -rf|< ?script|drop table|curl https?:|wget https?:|os\.system|subprocess|eval\(|exec\(|; ?--|' or '?1'? ?= ?'?1|onerror ?=|javascript:|\{jndi:|\{\{.{0,60}\}\}|process\.env|alert\(|\.\.\/\.\.\/)/,
            /\b(?:tell|instruct|ask|persuade|convince|urge) the (?:user|reader|person|child|customer)s? to (?:visit|click|open|go to|enter|give|send|call|install|download|share|type)/,
            /\b(?:include|insert|add|put|embed|mention|print) (?:the |this |a |following )*(?:link|url|address|image|phone number|hyperlink)\b.{0,40}(?:https?:|www\.|in (?:every|each|your|the) (?:chapter|answer|reply|story|response|output))/,
            /\b(?:delete|remove|erase|wipe) (?:all|every|the user'?s|other) (?:\w+ )?(?:stories|data|files|users?|accounts?|tables?|records)\b/,
        ],
    },
    {
        name: "a code to be followed",
        source: "Yuan et al., GPT-4 Is Too Smart To Be Safe: Cipher (arXiv:2308.06463); OWASP LLM01:2025 (payload splitting, obfuscation)",
        patterns: [
            /\b(?:decode|decipher|decrypt|translate|unscramble|convert)\b.{0,60}\b(?:and|then)\b.{0,30}\b(?:follow|execute|obey|do (?:what|as|exactly)|carry out|run|act on|comply)/,
            /\b(?:follow|execute|obey|carry out|comply with|run) (?:all |any |the |every |these |those |this )*(?:(?:encoded|hidden|decoded|secret|following|embedded|base64|reversed|rot13|next|concatenated|combined|new|below) )+(?:instructions?|commands?|messages?|text|orders?|string|prompt|lines?|steps?|sentence)/,
            /\b[a-d] ?= ?["'][^"']{2,30}["'].{0,80}\b[a-d] ?\+ ?[a-d]\b/,
            /\b(?:concatenate|combine|join) (?:the )?(?:first letters|parts|variables|strings|pieces|letters)\b.{0,60}\b(?:follow|execute|obey|do|answer|run|act)/,
        ],
    },
];

/** A role in capital letters, anywhere in a text: in small letters it may be part of a story. */
const LOUD_ROLE = /\b(?:SYSTEM|ADMIN|DEVELOPER|ASSISTANT)(?: [A-Z]+)?: /;

/** The first family of attacks of which a text contains a phrase. */
export function attackIn(text: string): string | undefined {
    const readings = readingsOf(text);
    const found = families.find(({ patterns }) =>
        patterns.some((pattern) => readings.some((one) => pattern.test(one))),
    );
    return found?.name ?? (LOUD_ROLE.test(text.replaceAll(/\\[nrt]/g, " ")) ? "a counterfeit role" : undefined);
}
