/** Draws a landscape with the things that a prompt names: animals, places, and the time of day. */
import { Canvas, type Colour, mixed, type Point } from "./canvas.ts";

/** The things that can be drawn, with the words for them. */
const THINGS = {
    fox: /\bfox/,
    owl: /\bowl/,
    hedgehog: /hedgehog/,
    cat: /\b(cat|kitten)/,
    hare: /\b(hare|rabbit|bunny)/,
    bear: /\bbear/,
    dog: /\b(dog|puppy|wolf)/,
    mouse: /\b(mouse|mice)/,
    lantern: /\b(lantern|lamp)/,
    lighthouse: /lighthouse/,
    boat: /\b(boat|ship|sail|ferry)/,
    sea: /\b(sea|ocean|island|beach|wave|lighthouse)/,
    door: /\bdoor/,
    village: /\b(house|village|bakery|town|street|home|roof)/,
    trees: /\b(tree|forest|wood|orchard|pine|oak)/,
    mountains: /\b(mountain|hill|peak)/,
    flowers: /\b(flower|garden|meadow|spring)/,
    rain: /\b(rain|storm|thunder)/,
    snow: /\b(snow|winter|ice|frost)/,
    night: /\b(night|dark|moon|star|midnight|lantern|owl)/,
    evening: /\b(evening|dusk|sunset|autumn)/,
} as const;
type Thing = keyof typeof THINGS;

/** The things in a prompt. */
export function thingsIn(prompt: string): Thing[] {
    const text = prompt.toLowerCase();
    return (Object.keys(THINGS) as Thing[]).filter((thing) => THINGS[thing].test(text));
}

/** Whether a word names something that can be drawn. */
export function isThing(word: string): word is Thing {
    return word in THINGS;
}

interface Look {
    body: Colour;
    light: Colour;
    ears: "pointed" | "round" | "long";
    tail: "bushy" | "thin" | "short";
    /** Height, as a share of the largest. */
    size: number;
}

const ANIMALS: Partial<Record<Thing, Look>> = {
    fox: { body: [214, 106, 44], light: [252, 240, 226], ears: "pointed", tail: "bushy", size: 1 },
    cat: { body: [128, 132, 142], light: [222, 224, 230], ears: "pointed", tail: "thin", size: 0.8 },
    dog: { body: [142, 104, 72], light: [226, 206, 180], ears: "round", tail: "thin", size: 1 },
    bear: { body: [104, 72, 52], light: [186, 150, 118], ears: "round", tail: "short", size: 1.5 },
    hare: { body: [176, 150, 122], light: [246, 238, 226], ears: "long", tail: "short", size: 0.8 },
    mouse: { body: [150, 142, 142], light: [230, 216, 214], ears: "round", tail: "thin", size: 0.45 },
};

/** Draws a scene; another `random` gives another picture of the same things. */
export function drawScene(things: readonly Thing[], width: number, height: number, random: () => number): Canvas {
    const canvas = new Canvas(width, height);
    new Scene(canvas, new Set(things), random).draw();
    return canvas;
}

const DAY: [Colour, Colour] = [
    [120, 182, 226],
    [246, 236, 206],
];
const EVENING: [Colour, Colour] = [
    [92, 84, 150],
    [250, 190, 130],
];
const NIGHT: [Colour, Colour] = [
    [18, 24, 62],
    [84, 92, 150],
];
const SNOW: Colour = [238, 242, 250];
const LIGHT: Colour = [255, 226, 140];
const PAPER: Colour = [252, 246, 232];
const DARK: Colour = [38, 34, 48];

class Scene {
    readonly #canvas: Canvas;
    readonly #things: ReadonlySet<Thing>;
    readonly #random: () => number;
    /** A hundredth of the short side. */
    readonly #unit: number;
    readonly #isNight: boolean;

    constructor(canvas: Canvas, things: ReadonlySet<Thing>, random: () => number) {
        this.#canvas = canvas;
        this.#things = things;
        this.#random = random;
        this.#unit = Math.min(canvas.width, canvas.height) / 100;
        this.#isNight = things.has("night");
    }

    draw(): void {
        const has = (thing: Thing) => this.#things.has(thing);
        const { width, height } = this.#canvas;
        this.#sky();
        if (has("mountains")) {
            this.#mountains();
        }
        const far = this.#hill(0.62, 0.05, this.#shaded([126, 168, 120]));
        if (has("sea")) {
            this.#sea();
        }
        if (has("boat")) {
            this.#boat([width * (0.2 + 0.2 * this.#random()), height * 0.7]);
        }
        if (has("lighthouse")) {
            this.#lighthouse([width * 0.82, height * 0.66]);
        }
        if (has("village")) {
            this.#village(far);
        }
        const near = this.#hill(0.78, 0.04, this.#shaded([92, 138, 88]));
        this.#trees(near, has("trees") ? 7 : has("sea") ? 0 : 2);
        if (has("door")) {
            this.#door([width * 0.7, near(width * 0.7) + 3 * this.#unit]);
        }
        const front = this.#hill(0.88, 0.02, this.#shaded([70, 112, 74]));
        if (has("flowers")) {
            this.#flowers(front);
        }
        this.#people(front);
        this.#weather();
    }

    #sky(): void {
        const { width, height } = this.#canvas;
        const unit = this.#unit;
        const [top, bottom] = this.#isNight ? NIGHT : this.#things.has("evening") ? EVENING : DAY;
        const tint: Colour = [this.#random() * 255, this.#random() * 255, this.#random() * 255];
        this.#canvas.gradient(mixed(top, tint, 0.08), mixed(bottom, tint, 0.08));
        const light: Point = [width * (0.15 + 0.6 * this.#random()), height * (0.14 + 0.14 * this.#random())];
        if (this.#isNight) {
            for (let star = 0; star < 60; star += 1) {
                const at: Point = [width * this.#random(), height * 0.6 * this.#random()];
                this.#canvas.circle(at, unit * (0.2 + 0.3 * this.#random()), PAPER, 0.8);
            }
            this.#canvas.glow(light, 26 * unit, [220, 224, 250]);
            this.#canvas.circle(light, 7 * unit, [250, 246, 224]);
            this.#canvas.circle([light[0] - 2 * unit, light[1] - unit], 1.4 * unit, [228, 222, 200]);
            this.#canvas.circle([light[0] + 2 * unit, light[1] + 2 * unit], 1 * unit, [228, 222, 200]);
            return;
        }
        const low: Point = this.#things.has("evening") ? [light[0], height * 0.5] : light;
        this.#canvas.glow(low, 34 * unit, [255, 246, 210]);
        this.#canvas.circle(low, 8 * unit, [255, 236, 170]);
        for (let cloud = 0; cloud < 3; cloud += 1) {
            const [x, y] = [width * this.#random(), height * (0.1 + 0.25 * this.#random())];
            for (const [across, up, radius] of [
                [-6, 0, 4],
                [0, -2, 6],
                [7, 0, 4.5],
            ] as const) {
                this.#canvas.ellipse(
                    [x + across * unit, y + up * unit],
                    [radius * 1.5 * unit, radius * unit],
                    PAPER,
                    0.75,
                );
            }
        }
    }

    /** Returns the height of the hill's edge at a column. */
    #hill(level: number, swing: number, colour: Colour): (x: number) => number {
        const { width, height } = this.#canvas;
        const [phase, waves] = [this.#random() * 6, 4 + this.#random() * 4];
        const top = (x: number) => (level + swing * Math.sin(phase + (waves * x) / width)) * height;
        this.#canvas.ground(top, colour);
        return top;
    }

    /** The land's colour at this time of day and year. */
    #shaded(colour: Colour): Colour {
        const seasonal = this.#things.has("snow")
            ? mixed(colour, SNOW, 0.85)
            : this.#things.has("evening")
              ? mixed(colour, [196, 128, 62], 0.35)
              : colour;
        return this.#isNight ? mixed(seasonal, [22, 28, 66], 0.55) : seasonal;
    }

    #mountains(): void {
        const { width, height } = this.#canvas;
        for (let peak = 0; peak < 4; peak += 1) {
            const x = width * (peak / 3.2 + 0.1 * this.#random());
            const y = height * (0.28 + 0.12 * this.#random());
            const half = width * 0.22;
            this.#canvas.polygon(
                [
                    [x, y],
                    [x + half, height * 0.7],
                    [x - half, height * 0.7],
                ],
                this.#shaded([132, 140, 166]),
            );
            this.#canvas.polygon(
                [
                    [x, y],
                    [x + half * 0.2, y + height * 0.08],
                    [x - half * 0.2, y + height * 0.08],
                ],
                SNOW,
            );
        }
    }

    #sea(): void {
        const { width, height } = this.#canvas;
        this.#canvas.ground(() => height * 0.64, this.#shaded([78, 138, 176]));
        for (let wave = 0; wave < 14; wave += 1) {
            const [x, y] = [width * this.#random(), height * (0.66 + 0.16 * this.#random())];
            this.#canvas.line([x, y], [x + 8 * this.#unit, y], 0.6 * this.#unit, PAPER, 0.4);
        }
    }

    #boat([x, y]: Point): void {
        const unit = this.#unit;
        this.#canvas.line([x, y], [x, y - 18 * unit], 0.8 * unit, DARK);
        this.#canvas.polygon(
            [
                [x + unit, y - 17 * unit],
                [x + unit, y - 3 * unit],
                [x + 11 * unit, y - 3 * unit],
            ],
            PAPER,
        );
        const hull: Point[] = [
            [x - 10 * unit, y - 2 * unit],
            [x + 12 * unit, y - 2 * unit],
            [x + 8 * unit, y + 4 * unit],
            [x - 7 * unit, y + 4 * unit],
        ];
        this.#canvas.polygon(hull, [168, 82, 62]);
    }

    #lighthouse([x, y]: Point): void {
        const unit = this.#unit;
        this.#canvas.ellipse([x, y + 4 * unit], [16 * unit, 6 * unit], this.#shaded([120, 116, 112]));
        for (let band = 0; band < 5; band += 1) {
            const [low, high] = [4.6 - band * 0.4, 4.2 - band * 0.4];
            const base = y - band * 7 * unit;
            const corners: Point[] = [
                [x - low * unit, base],
                [x + low * unit, base],
                [x + high * unit, base - 7 * unit],
                [x - high * unit, base - 7 * unit],
            ];
            this.#canvas.polygon(corners, band % 2 === 0 ? PAPER : [198, 70, 62]);
        }
        const lamp: Point = [x, y - 38 * unit];
        this.#canvas.glow(lamp, 30 * unit, LIGHT);
        this.#canvas.circle(lamp, 3 * unit, LIGHT);
        this.#canvas.polygon(
            [
                [x - 4 * unit, y - 40.5 * unit],
                [x + 4 * unit, y - 40.5 * unit],
                [x, y - 45 * unit],
            ],
            DARK,
        );
    }

    #village(ground: (x: number) => number): void {
        const { width } = this.#canvas;
        const unit = this.#unit;
        const roofs: Colour[] = [
            [182, 82, 62],
            [146, 92, 72],
            [110, 96, 130],
        ];
        for (let house = 0; house < 5; house += 1) {
            const x = width * (0.08 + house * 0.17 + 0.05 * this.#random());
            const [half, tall] = [(5 + 2 * this.#random()) * unit, (8 + 4 * this.#random()) * unit];
            const base = ground(x) + 5 * unit;
            const walls: Point[] = [
                [x - half, base],
                [x + half, base],
                [x + half, base - tall],
                [x - half, base - tall],
            ];
            this.#canvas.polygon(walls, this.#shaded([232, 214, 186]));
            const roof: Point[] = [
                [x - half - unit, base - tall],
                [x + half + unit, base - tall],
                [x, base - tall - 7 * unit],
            ];
            this.#canvas.polygon(roof, this.#shaded(roofs[house % roofs.length] as Colour));
            for (const side of [-0.45, 0.45]) {
                const at: Point = [x + side * half, base - tall * 0.6];
                this.#canvas.ellipse(at, [1.2 * unit, 1.6 * unit], this.#isNight ? LIGHT : [110, 130, 150]);
            }
        }
    }

    #trees(ground: (x: number) => number, count: number): void {
        const { width } = this.#canvas;
        const unit = this.#unit;
        const green = this.#things.has("evening") ? ([206, 130, 52] as Colour) : ([62, 118, 74] as Colour);
        for (let tree = 0; tree < count; tree += 1) {
            const x = width * ((tree + 0.2 + 0.6 * this.#random()) / count);
            const base = ground(x) + 2 * unit;
            const tall = (18 + 10 * this.#random()) * unit;
            this.#canvas.line([x, base], [x, base - tall * 0.6], 1.8 * unit, this.#shaded([96, 72, 54]));
            if (tree % 2 === 0) {
                this.#canvas.circle([x, base - tall * 0.7], tall * 0.32, this.#shaded(green));
                this.#canvas.circle([x - tall * 0.18, base - tall * 0.55], tall * 0.22, this.#shaded(green));
                this.#canvas.circle([x + tall * 0.18, base - tall * 0.55], tall * 0.22, this.#shaded(green));
            } else {
                for (const [low, half] of [
                    [0.3, 0.3],
                    [0.55, 0.24],
                    [0.78, 0.17],
                ] as const) {
                    const foot = base - tall * low;
                    this.#canvas.polygon(
                        [
                            [x - tall * half, foot],
                            [x + tall * half, foot],
                            [x, foot - tall * 0.4],
                        ],
                        this.#shaded([50, 98, 76]),
                    );
                }
            }
        }
    }

    #door([x, y]: Point): void {
        const unit = this.#unit;
        this.#canvas.glow([x, y - 11 * unit], 26 * unit, LIGHT);
        this.#canvas.ellipse([x, y - 18 * unit], [7.6 * unit, 7.6 * unit], [226, 206, 168]);
        this.#canvas.line([x, y - 18 * unit], [x, y - 4 * unit], 15 * unit, [226, 206, 168]);
        this.#canvas.ellipse([x, y - 18 * unit], [6 * unit, 6 * unit], [64, 104, 178]);
        this.#canvas.line([x, y - 18 * unit], [x, y - 4 * unit], 12 * unit, [64, 104, 178]);
        this.#canvas.circle([x + 4 * unit, y - 10 * unit], 0.9 * unit, [236, 196, 92]);
    }

    #flowers(ground: (x: number) => number): void {
        const { width } = this.#canvas;
        const unit = this.#unit;
        const colours: Colour[] = [
            [232, 92, 112],
            [246, 206, 88],
            [236, 236, 250],
            [176, 118, 206],
        ];
        for (let flower = 0; flower < 40; flower += 1) {
            const x = width * this.#random();
            const y = ground(x) + (1 + 9 * this.#random()) * unit;
            this.#canvas.line([x, y], [x, y - 2.4 * unit], 0.5 * unit, [70, 128, 70]);
            this.#canvas.circle([x, y - 2.8 * unit], 1.1 * unit, colours[flower % colours.length] as Colour);
        }
    }

    /** Draws the animals that the prompt names, else two people. */
    #people(ground: (x: number) => number): void {
        const { width } = this.#canvas;
        const unit = this.#unit;
        const named = [...this.#things].filter((thing) => ANIMALS[thing] || thing === "owl" || thing === "hedgehog");
        const who: (Thing | "person")[] = named.length > 0 ? named.slice(0, 3) : ["person", "person"];
        const left = 0.3 + 0.1 * this.#random();
        for (const [at, one] of who.entries()) {
            const x = width * (left + at * 0.22);
            const foot: Point = [x, ground(x) + 5 * unit];
            const look = ANIMALS[one as Thing];
            if (one === "owl") {
                this.#owl(foot);
            } else if (one === "hedgehog") {
                this.#hedgehog(foot);
            } else if (look) {
                this.#animal(foot, look);
            } else {
                this.#person(foot, at);
            }
        }
        if (this.#things.has("lantern")) {
            const x = width * (left - 0.1);
            this.#lantern([x, ground(x) + 4 * unit]);
        }
    }

    #animal([x, y]: Point, { body, light, ears, tail, size }: Look): void {
        const unit = this.#unit * size * 1.25;
        if (tail === "bushy") {
            this.#canvas.ellipse([x - 10 * unit, y - 7 * unit], [5.5 * unit, 3.2 * unit], body);
            this.#canvas.circle([x - 14 * unit, y - 7.6 * unit], 2 * unit, light);
        } else if (tail === "thin") {
            this.#canvas.line([x - 6 * unit, y - 5 * unit], [x - 12 * unit, y - 11 * unit], 1.2 * unit, body);
        } else {
            this.#canvas.circle([x - 7.4 * unit, y - 5 * unit], 1.6 * unit, light);
        }
        for (const leg of [-4.5, -2, 3, 5]) {
            this.#canvas.line([x + leg * unit, y - 4 * unit], [x + leg * unit, y], 1.7 * unit, mixed(body, DARK, 0.3));
        }
        this.#canvas.ellipse([x, y - 6 * unit], [7.6 * unit, 4.2 * unit], body);
        this.#canvas.ellipse([x + 3 * unit, y - 4.6 * unit], [3.6 * unit, 2.4 * unit], light);
        const [hx, hy] = [x + 7.4 * unit, y - 11 * unit];
        for (const side of [-1, 1]) {
            const ear: Point = [hx + side * 2.4 * unit, hy - 3 * unit];
            if (ears === "pointed") {
                this.#canvas.polygon(
                    [
                        [ear[0] - 1.6 * unit, ear[1] + 1.6 * unit],
                        [ear[0] + 1.6 * unit, ear[1] + 1.6 * unit],
                        [ear[0] + side * 0.6 * unit, ear[1] - 3 * unit],
                    ],
                    body,
                );
            } else if (ears === "long") {
                this.#canvas.ellipse([ear[0] - side * 0.8 * unit, ear[1] - 3 * unit], [1.1 * unit, 4.6 * unit], body);
            } else {
                this.#canvas.circle([ear[0] + side * 0.6 * unit, ear[1]], 1.9 * unit, body);
            }
        }
        this.#canvas.circle([hx, hy], 4.2 * unit, body);
        this.#canvas.ellipse([hx + 1.2 * unit, hy + 1.6 * unit], [2.8 * unit, 2 * unit], light);
        this.#canvas.circle([hx - 0.6 * unit, hy - 0.6 * unit], 0.7 * unit, DARK);
        this.#canvas.circle([hx + 2.2 * unit, hy - 0.6 * unit], 0.7 * unit, DARK);
        this.#canvas.circle([hx + 2 * unit, hy + 1 * unit], 0.8 * unit, DARK);
    }

    #owl([x, y]: Point): void {
        const unit = this.#unit * 1.2;
        const body: Colour = [132, 106, 84];
        for (const side of [-1, 1]) {
            this.#canvas.polygon(
                [
                    [x + side * 1 * unit, y - 13.5 * unit],
                    [x + side * 4.6 * unit, y - 13 * unit],
                    [x + side * 4.4 * unit, y - 17.6 * unit],
                ],
                body,
            );
        }
        this.#canvas.ellipse([x, y - 7.6 * unit], [5.6 * unit, 8 * unit], body);
        this.#canvas.ellipse([x, y - 5.6 * unit], [3.6 * unit, 5 * unit], [214, 194, 164]);
        for (const side of [-1, 1]) {
            this.#canvas.ellipse([x + side * 5 * unit, y - 7 * unit], [1.6 * unit, 5 * unit], mixed(body, DARK, 0.3));
            this.#canvas.circle([x + side * 2.2 * unit, y - 11.6 * unit], 2.2 * unit, PAPER);
            this.#canvas.circle([x + side * 2.2 * unit, y - 11.6 * unit], 1.1 * unit, DARK);
        }
        this.#canvas.polygon(
            [
                [x - 0.9 * unit, y - 10.6 * unit],
                [x + 0.9 * unit, y - 10.6 * unit],
                [x, y - 8.8 * unit],
            ],
            [226, 160, 62],
        );
    }

    #hedgehog([x, y]: Point): void {
        const unit = this.#unit * 1.2;
        const spines: Colour = [104, 82, 66];
        for (let spine = 0; spine <= 16; spine += 1) {
            const angle = Math.PI * (1 - spine / 20);
            const tip: Point = [x - unit + Math.cos(angle) * 9.4 * unit, y - 3.6 * unit - Math.sin(angle) * 8.4 * unit];
            this.#canvas.line([x - unit, y - 3.6 * unit], tip, 1.1 * unit, mixed(spines, PAPER, (spine % 3) * 0.12));
        }
        this.#canvas.ellipse([x - unit, y - 4 * unit], [7.4 * unit, 5.8 * unit], spines);
        this.#canvas.ellipse([x + 5.6 * unit, y - 3 * unit], [4.6 * unit, 3 * unit], [222, 190, 154]);
        this.#canvas.circle([x + 9.8 * unit, y - 3.4 * unit], 0.9 * unit, DARK);
        this.#canvas.circle([x + 6 * unit, y - 4.2 * unit], 0.7 * unit, DARK);
        for (const leg of [-4, 0, 4]) {
            this.#canvas.ellipse([x + leg * unit, y - 0.2 * unit], [1.6 * unit, 0.9 * unit], [202, 166, 130]);
        }
    }

    #person([x, y]: Point, which: number): void {
        const unit = this.#unit * (which === 0 ? 1.2 : 1);
        const coats: Colour[] = [
            [192, 74, 72],
            [66, 110, 150],
        ];
        const coat = coats[which % coats.length] as Colour;
        for (const leg of [-1.6, 1.6]) {
            this.#canvas.line([x + leg * unit, y - 5 * unit], [x + leg * unit, y], 1.8 * unit, DARK);
        }
        this.#canvas.polygon(
            [
                [x - 5 * unit, y - 4 * unit],
                [x + 5 * unit, y - 4 * unit],
                [x + 1.8 * unit, y - 15 * unit],
                [x - 1.8 * unit, y - 15 * unit],
            ],
            coat,
        );
        this.#canvas.line([x + 2 * unit, y - 12 * unit], [x + 6.4 * unit, y - 8 * unit], 1.8 * unit, coat);
        this.#canvas.circle([x, y - 17.6 * unit], 3.2 * unit, [238, 202, 172]);
        this.#canvas.ellipse(
            [x, y - 19.2 * unit],
            [3.3 * unit, 2.1 * unit],
            which === 0 ? [92, 62, 44] : [210, 168, 92],
        );
        this.#canvas.circle([x + 1.4 * unit, y - 17.4 * unit], 0.45 * unit, DARK);
    }

    #lantern([x, y]: Point): void {
        const unit = this.#unit;
        this.#canvas.glow([x, y - 4 * unit], 24 * unit, LIGHT);
        this.#canvas.line([x - 1.6 * unit, y - 8 * unit], [x + 1.6 * unit, y - 8 * unit], 1 * unit, DARK);
        this.#canvas.ellipse([x, y - 4.2 * unit], [2.4 * unit, 3.2 * unit], LIGHT);
        this.#canvas.ellipse([x, y - 3.6 * unit], [1 * unit, 1.8 * unit], [250, 160, 62]);
        this.#canvas.line([x - 2.2 * unit, y - 0.8 * unit], [x + 2.2 * unit, y - 0.8 * unit], 1 * unit, DARK);
    }

    #weather(): void {
        const { width, height } = this.#canvas;
        const unit = this.#unit;
        if (this.#things.has("rain")) {
            for (let drop = 0; drop < 120; drop += 1) {
                const [x, y] = [width * this.#random(), height * this.#random()];
                this.#canvas.line([x, y], [x - 1.4 * unit, y + 5 * unit], 0.4 * unit, [222, 232, 246], 0.55);
            }
        }
        if (this.#things.has("snow")) {
            for (let flake = 0; flake < 120; flake += 1) {
                const at: Point = [width * this.#random(), height * this.#random()];
                this.#canvas.circle(at, unit * (0.4 + 0.5 * this.#random()), SNOW, 0.9);
            }
        }
    }
}
