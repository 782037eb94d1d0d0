/** Words for a story: plain sentences about the topic and the people in it, the same for the same topic. */

const OPENERS = [
    "At first light,",
    "Before long,",
    "Beyond the old bridge,",
    "While the kettle sang,",
    "By the river,",
    "As the wind turned,",
    "Not far from there,",
    "When the lamps were lit,",
    "Under the tall pines,",
    "A little later,",
    "With the rain on the roof,",
    "On the far side of the hill,",
    "Just as the bell rang,",
];

const TOLD = [
    [
        "{a} found a small brass key on the doorstep, still warm, as if someone had only just let go of it.",
        "the village lay quiet, and yet everybody felt that something was about to begin.",
        "{b} drew a map on the back of a letter and left the most important corner empty.",
        "nobody could say who had painted the door blue, or why it hadn\u2019t been there the day before.",
        "{a} packed bread, a lantern and a ball of red string, because one never knows.",
        "a question went from house to house, and no one had an answer for it.",
        "{b} heard a tune that seemed to come out of the ground itself.",
        "{a} asked the baker, who only shook her head and gave them two rolls for the way.",
        "a grey cat walked beside them as far as the last fence and would go no further.",
        "{b} wound the old clock, and for the first time in years it told the right hour.",
        "there was one chair too many at the table, and nobody remembered who had brought it.",
    ],
    [
        "the path split in three, and each of the signs pointed back to where they had come from.",
        "{a} counted the steps aloud, and at the hundredth the light went out.",
        "{b} held the red string tight; it pulled gently, like a fish that hasn\u2019t decided yet.",
        "they crossed the water on stones that moved whenever no one looked.",
        "an old owl demanded a toll: one true sentence from each of them.",
        "{a} was afraid, and went on all the same \u2014 that was the hardest part of the journey.",
        "the map filled itself in, line by line, and showed a room that no house could hold.",
        "{b} lost a shoe to the marsh, laughed, and went on with one foot bare.",
        "the echo answered before {a} had said a word.",
        "they slept under a hedge, and in the morning the hedge stood on the other side of the road.",
        "a ferryman took them over for the price of a song that he did not know yet.",
    ],
    [
        "the key turned without a sound, and behind the door stood their own village, seen from the other side.",
        "{a} understood that the answer had been in the question from the start.",
        "{b} tied the red string to the gate, so that others would find the way as well.",
        "people came out with lanterns, and for once nobody asked what it was good for.",
        "{a} gave the key back to the river, which had waited for it long enough.",
        "what had been lost was not found, but something better had taken its place.",
        "they sat on the wall until the stars came out, and told it all once more.",
        "{b} set the extra chair at the table, and this time somebody sat down on it.",
        "the grey cat was waiting at the fence, as if no time had passed at all.",
        "the owl kept its distance, but it did not look away.",
        "{a} wrote one sentence on the empty corner of the map and showed it to nobody.",
    ],
];

const SAID = [
    [
        "Do you hear that? It\u2019s been calling since this morning.",
        "If we don\u2019t look now, we will wonder about it all our lives.",
        "I have a lantern, half a plan, and you. That has to be enough.",
        "My grandmother spoke of this. I thought she had made it up.",
        "Let me go first. You can laugh at me later.",
        "There is always a way in. There isn\u2019t always a way back.",
        "Bring the string. I don\u2019t know why, but bring it.",
        "The clock is right. That worries me more than anything.",
        "Whose chair is that?",
        "I am not afraid of it. I am only being polite.",
        "One of us should remember the way. I vote for you.",
    ],
    [
        "Stay close. The string is still pulling, so we can\u2019t be wrong.",
        "Tell it something true. It only wants to know who we are.",
        "I am not lost. I simply haven\u2019t arrived yet.",
        "Look at the map! That corner was empty an hour ago.",
        "What if the door opens only for the one who doesn\u2019t push?",
        "Count with me. It is easier when there are two voices.",
        "The echo knew my name. I never told it.",
        "I can walk on one shoe. Watch me.",
        "Sing him something slow. We are not in a hurry any more.",
        "If we turn round now, the hedge will have moved again.",
        "There. Did you see the stones? They were waiting for us to blink.",
    ],
    [
        "So this is what it looks like from the other side.",
        "We should leave the gate open. Someone will need it.",
        "I was sure that we had to win. We only had to listen.",
        "Next time we bring more bread.",
        "Thank you for asking me. I would never have gone alone.",
        "It was here all along\u2026 and it waited for us.",
        "Sit down. We kept the chair for you.",
        "I would do it again, and I would take better shoes.",
        "Listen: the tune has stopped. It has nothing left to ask.",
        "Let the river have the key. It was never ours.",
        "Tell it once more, and don\u2019t leave out the cat.",
    ],
];

const HEADINGS = [
    "The Key on the Doorstep",
    "A Map with an Empty Corner",
    "Three Signs, One Way",
    "The Owl\u2019s Toll",
    "What the River Kept",
    "The Other Side of the Door",
    "Lanterns",
    "The Red String",
];

const SUMMARIES = [
    [
        "A quiet place, and a first sign that it will not stay quiet: {a} finds a key that fits no lock.",
        "{a} and {b} decide to follow the sign, each for a reason that they don\u2019t tell.",
    ],
    [
        "The way becomes strange; what helped before is of no use, and {a} has to trust {b}.",
        "They nearly give up, and learn what the key has been for all the time.",
    ],
    [
        "The door opens, and what lies behind it is nearer to home than they thought.",
        "They come back changed, and leave the way open for those who come after.",
    ],
];

export class Teller {
    readonly #topic: string;
    readonly #names: string[];
    readonly #seed: number;
    #told = 0;
    #said = 0;

    /** `before`: how many chapters came before, so that this one goes on with other words. */
    constructor(topic: string, speakers: string[], before = 0) {
        this.#topic = topic
            .replace(/\s+/g, " ")
            .trim()
            .replace(/^(A|An|The) /, (article) => article.toLowerCase());
        this.#names = speakers.length > 1 ? speakers.slice(1) : ["the traveller", "the child"];
        this.#seed = [...this.#topic].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7);
        this.#told = before * 4;
        this.#said = before * 4;
    }

    title(): string {
        const words =
            this.#topic
                .split(/[.,;:!?\n]/, 1)[0]
                ?.split(" ")
                .slice(0, 8) ?? [];
        return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ") || "A Story";
    }

    heading(index: number): string {
        return HEADINGS[index % HEADINGS.length] ?? "Onward";
    }

    summary(part: number, index: number): string {
        const lines = SUMMARIES[part] ?? [];
        return `${this.#named(lines[index % lines.length] ?? "")} It is a story of ${this.#topic.slice(0, 120)}.`;
    }

    /** About `words` words of the narrator. */
    tell(part: number, words: number): string {
        const opening =
            this.#told === 0 ? `This is a story of ${this.#topic.slice(0, 160).replace(/[.!?]+$/, "")}. ` : "";
        return (
            opening +
            this.#lines(words, () => {
                const line = pick(TOLD[part] ?? [], this.#seed + this.#told * 4);
                const opener = pick(OPENERS, this.#seed + this.#told * 5);
                this.#told += 1;
                return `${opener} ${this.#named(line)}`;
            })
        );
    }

    /** About `words` words that a character says. */
    say(part: number, words: number): string {
        return this.#lines(words * 0.6, () => {
            const line = pick(SAID[part] ?? [], this.#seed + this.#said * 5);
            this.#said += 1;
            return this.#named(line);
        });
    }

    /** A segment made anew: other words than the first time, with the wish in them. */
    anew(wish: string, number: number, isTold: boolean): string {
        this.#told = number + 1;
        this.#said = number + 1;
        const wished = wish.replace(/\s+/g, " ").trim().slice(0, 160);
        const line = isTold ? this.tell(1, 20) : this.say(1, 20);
        return wished ? `${line} (${wished})` : line;
    }

    #lines(words: number, next: () => string): string {
        const lines: string[] = [];
        let count = 0;
        while (count < words) {
            const line = next();
            lines.push(line);
            count += line.split(" ").length;
        }
        return lines.join(" ");
    }

    #named(line: string): string {
        return line.replaceAll("{a}", this.#names[0] ?? "").replaceAll("{b}", this.#names[1] ?? this.#names[0] ?? "");
    }
}

function pick(lines: string[], at: number): string {
    return lines[at % lines.length] ?? "";
}
