/** Texts for a story: one plot for any topic and speakers, equal for equal topics. */

/** The plot by part: the narrator's text, and a speaker's line about it. {a} and {b} are the speakers, {x} is the topic's subject. */
const PLOT: [told: string, said: string][][] = [
    [
        [
            "It began on an evening in autumn. {a} sat on the wall by the bakery and could think of nothing but {x}.",
            "I keep thinking about {x}. Please tell me that I am not the only one.",
        ],
        [
            "{b} put the basket down, for that was the very thing that had kept the whole street awake for a week.",
            "You are not the only one. My grandmother knew all about {x}, and she would never tell me the end of it.",
        ],
        [
            "So they packed bread, a lantern and a ball of red string, and they told nobody where they were going.",
            "One of us has to remember the way back. I vote for the string.",
        ],
        [
            "The lane led past the last houses to a fence. A grey cat sat on it and looked as though it had been waiting for them.",
            "If that cat knows anything about {x}, it is keeping it to itself.",
        ],
        [
            "By the old bridge {a} stopped. On the stones lay a small brass key, and it was still warm.",
            "Somebody was here a moment ago. I think that somebody would like us to follow.",
        ],
    ],
    [
        [
            "Beyond the bridge the path split in three. Only the red string seemed to know which way led to {x}.",
            "It is pulling. Very gently, like a fish that has not made up its mind.",
        ],
        [
            "They took the path in the middle, and soon it was so dark among the trees that {a} counted the steps aloud.",
            "Count with me. It is easier with two voices.",
        ],
        [
            "At the hundredth step an owl came down from a branch and asked for its toll: one true sentence from each of them.",
            "Here is mine, then. I am afraid, and I am going on all the same.",
        ],
        [
            "The owl nodded slowly, and then it turned its head.",
            "Mine is this: I did not come for {x} alone. I came because you asked me to.",
        ],
        [
            "That was toll enough. The owl lifted one wing, and far ahead, where there had been nothing, a light went on.",
            "There it is. Hold the lantern up, so that they can see us coming.",
        ],
    ],
    [
        [
            "Where the light was, a blue door stood between two trees, without a house. The brass key turned in it without a sound.",
            "A door with no house around it. After you, or together?",
        ],
        [
            "Behind the door it was quiet, and there they found {x}, just as they had imagined it and a good deal nearer.",
            "So this is how it looks from the inside. I thought that it would be bigger, and it is only kinder.",
        ],
        [
            "They stayed until the stars came out. They looked, and asked, and were given answers that were small enough to carry home.",
            "I was sure that we had to win something. We only had to listen.",
        ],
        [
            "When it was time to go, {b} tied the end of the red string to the door, so that others would find the way.",
            "Leave it open a little. Somebody else will be thinking about {x} tonight.",
        ],
        [
            "The grey cat was waiting on the fence, and it walked them home as though no time had passed at all.",
            "You knew it all along, didn\u2019t you? Not a word to the owl.",
        ],
    ],
];

/** Places and encounters that fill a part after its plot. */
const WAYSIDE = [
    "a well with a wooden lid",
    "a mill that turned without wind",
    "a row of stone steps",
    "an orchard with a ladder in it",
    "a boat that was pulled up on the grass",
    "a tower of swallows\u2019 nests",
    "a garden behind a hedge",
];
const MET: [told: string, said: string][] = [
    [
        "a ferryman took them over the stream for the price of a song",
        "He did not even know that song. He only wanted to hear somebody sing it.",
    ],
    [
        "a hare asked them the time, and was very polite about the answer",
        "It is later than I thought, and I do not mind.",
    ],
    [
        "the rain began, and they waited under one coat until it was over",
        "Your half of the coat is the dry one. I have noticed that.",
    ],
    [
        "somebody had left two apples and a note that said \u201cfor the way\u201d",
        "Whoever wrote that knew that there would be two of us.",
    ],
    [
        "they heard a tune that seemed to come out of the ground",
        "I know it from somewhere. My father whistled it when he was glad.",
    ],
    [
        "the moon came out and laid their shadows side by side on the path",
        "Look, yours is the taller one. It always wanted to be.",
    ],
    [
        "an old dog walked with them for a while and then remembered an appointment",
        "He had the look of somebody who is expected at home.",
    ],
    [
        "they shared the bread, and gave the crust to the sparrows",
        "Take the bigger half. I am saving my appetite for the story.",
    ],
    ["the echo answered before anybody had called", "It said my name. I had better say something nice about it."],
];
const ON_THE_WAY = ["A little further on", "Then", "Not long after that", "Round the next bend", "After a while"];
const ON_THE_WAY_HOME = ["On the way home", "Further down the hill", "Almost home", "Before the last houses", "Then"];

const HEADINGS = [
    ["An Evening in Autumn", "A Lantern and a Ball of String", "Past the Last Fence", "The Brass Key"],
    ["Three Paths", "A Hundred Steps", "The Owl\u2019s Toll", "A Light Far Ahead"],
    ["The Blue Door", "Nearer Than They Thought", "The Way Home", "A Door Left Open"],
];

const SUMMARIES = [
    [
        "{a} cannot stop thinking about {x}, and finds that {b} cannot either.",
        "They set out with a lantern and a ball of red string, and find a key that is still warm.",
    ],
    [
        "The path splits and grows dark, and an owl asks each of them for one true sentence.",
        "{a} and {b} say what they have never said, and far ahead a light goes on.",
    ],
    [
        "Behind a blue door they find what they came for, and it is nearer than they thought.",
        "They leave the door open for whoever comes next, and walk home with a small answer.",
    ],
];

/** Words that are lower case in a title, except at its beginning. */
const LOWER_CASE = new Set("a an and as at but by for from in into nor of on or over the to up with".split(" "));
/** Words that end a subject, and where a long title may be cut. */
const AFTER_SUBJECT = new Set(
    (
        "who whose that which when where while because but with without for from in into on at by over under to of is are was " +
        "were has have had find finds open opens learn learns want wants go goes meet meets make makes try tries discover discovers"
    ).split(" "),
);
/** Words that are capitalised only at the beginning of a topic. */
const LEADING_WORD = /^(A|An|The|Two|Three|Four|Some|Every|One|My|Our|His|Her|Their|How|Why|What|When|Where) /;
/** Characters of a title, and of a subject within a sentence. */
const MAX_TITLE_LENGTH = 70;
const MAX_SUBJECT_LENGTH = 50;

export class Teller {
    readonly #topic: string;
    readonly #subject: string;
    readonly #names: [string, string];
    readonly #seed: number;
    /** The used turns of each part, of the narrator and of the speakers. */
    readonly #told = [0, 0, 0];
    readonly #said = [0, 0, 0];

    /** `before`: the number of turns of its part before a chapter. */
    constructor(topic: string, speakers: string[], before = 0) {
        this.#topic = listed(
            topic
                .replace(/\s+/g, " ")
                .trim()
                .replace(/[.!?]+$/, "")
                .replace(/^(a|the) (short )?(story|tale) (of|about) /i, ""),
        );
        this.#subject = subjectOf(this.#topic);
        const [first = "the traveller", second = "the baker"] = speakers.slice(1);
        this.#names = [first, second];
        this.#seed = [...this.#topic].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7);
        this.#told.fill(before);
        this.#said.fill(before);
    }

    /** The topic as a title, cut at the end of a phrase if it is too long. */
    title(): string {
        const [clause = ""] = this.#topic.split(/[.;:!?\n]/, 1);
        const words = clause.split(" ");
        const ends = words.flatMap((word, at) => (at > 1 && AFTER_SUBJECT.has(word.toLowerCase()) ? [at] : []));
        const whole = [words.length, ...ends.reverse()]
            .map((end) => words.slice(0, end).join(" "))
            .find((title) => title.length <= MAX_TITLE_LENGTH);
        return titled(whole || "A story");
    }

    heading(part: number, within: number): string {
        const headings = HEADINGS[part] ?? [];
        const heading = headings[within % headings.length] ?? "";
        return within < headings.length ? heading : `${heading}, Again`;
    }

    summary(part: number, index: number): string {
        const lines = SUMMARIES[part] ?? [];
        return `${this.#named(lines[index % lines.length] ?? "")} It is a story of ${lowered(this.#topic).slice(0, 120)}.`;
    }

    /** The narrator's text for some turns of the plot. */
    tell(part: number, turns = 1): string {
        const told = this.#told[part] ?? 0;
        const opening = part === 0 && told === 0 ? [`This is a story of ${lowered(this.#topic).slice(0, 160)}.`] : [];
        return [...opening, ...this.#turns(this.#told, part, turns, 0)].join(" ");
    }

    /** The speakers' lines for some turns of the plot. */
    say(part: number, turns = 1): string {
        return this.#turns(this.#said, part, turns, 1).join(" ");
    }

    /** A segment made again: a new text that contains the wish. */
    anew(wish: string, number: number, isTold: boolean): string {
        // After the plot, which is used up.
        const at = 5 + number;
        this.#told.fill(at);
        this.#said.fill(at);
        const line = isTold ? this.tell(1) : this.say(1);
        const wished = wish
            .replace(/\s+/g, " ")
            .trim()
            .replace(/[.!?]+$/, "")
            .slice(0, 160);
        if (!wished) {
            return line;
        }
        return isTold
            ? `${line} There are some who tell it otherwise, ever since a listener said, \u201c${wished}.\u201d`
            : `You said, \u201c${wished}.\u201d Very well. ${line}`;
    }

    #turns(counts: number[], part: number, turns: number, which: 0 | 1): string[] {
        const from = counts[part] ?? 0;
        counts[part] = from + turns;
        return Array.from({ length: turns }, (_, turn) =>
            this.#named(PLOT[part]?.[from + turn]?.[which] ?? this.#wayside(part, from + turn, which)),
        );
    }

    #wayside(part: number, at: number, which: 0 | 1): string {
        const turn = this.#seed + part * 4 + at;
        const met = pick(MET, turn);
        if (which === 1) {
            return met[1];
        }
        const opener = pick(part === 2 ? ON_THE_WAY_HOME : ON_THE_WAY, turn);
        // WAYSIDE and MET differ in length, so a pair is repeated only after all pairs.
        return `${opener} they came by ${pick(WAYSIDE, turn)}, and ${met[0]}.`;
    }

    #named(line: string): string {
        const [a, b] = this.#names;
        const said = line.replaceAll("{a}", a).replaceAll("{b}", b).replaceAll("{x}", this.#subject);
        return said.replaceAll(/(^|[.!?] )([a-z])/g, (_, before, letter) => `${before}${letter.toUpperCase()}`);
    }
}

/** The subject of a topic, for use in a sentence: `a fox who is afraid of the dark` is about `the fox`. */
function subjectOf(topic: string): string {
    const words = lowered(topic).split(" ");
    const ends = words.findIndex((word, at) => at > 0 && AFTER_SUBJECT.has(word.replace(/\W+$/, "")));
    const own = words.slice(0, ends < 0 ? Math.min(words.length, 6) : ends).join(" ");
    const subject = own
        .replace(/^an? /, "the ")
        .replaceAll(/ and an? /g, " and the ")
        .replace(/[,;:]+$/, "");
    return subject !== "" && subject.length <= MAX_SUBJECT_LENGTH ? subject : "the question";
}

/** Joins a list of topics as in a sentence: `lighthouses, letters`. */
function listed(topic: string): string {
    const parts = topic.split(", ");
    const isList = parts.length > 1 && parts.every((part) => part.split(" ").length <= 2);
    return isList ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : topic;
}

function lowered(topic: string): string {
    return topic.replace(LEADING_WORD, (word) => word.toLowerCase());
}

function titled(phrase: string): string {
    return phrase
        .split(" ")
        .map((word, at) => (at > 0 && LOWER_CASE.has(word.toLowerCase()) ? word.toLowerCase() : capital(word)))
        .join(" ");
}

function capital(word: string): string {
    return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function pick<T>(lines: readonly T[], at: number): T {
    return lines[at % lines.length] as T;
}
