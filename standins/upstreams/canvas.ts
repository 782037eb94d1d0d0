/** A small canvas: shapes by their distance functions, with smooth edges, on red, green and blue bytes. */

export type Colour = readonly [red: number, green: number, blue: number];
export type Point = readonly [x: number, y: number];

/** Pixels to the edge of a shape, negative inside of it. */
type Distance = (x: number, y: number) => number;

export class Canvas {
    readonly width: number;
    readonly height: number;
    /** Rows of pixels, three bytes each. */
    readonly pixels: Buffer;

    constructor(width: number, height: number) {
        this.width = width;
        this.height = height;
        this.pixels = Buffer.alloc(width * height * 3);
    }

    /** Fills the canvas with a vertical gradient. */
    gradient(top: Colour, bottom: Colour): void {
        for (let y = 0; y < this.height; y += 1) {
            const row = y * this.width * 3;
            this.pixels.fill(Buffer.from(mixed(top, bottom, y / this.height)), row, row + this.width * 3);
        }
    }

    /** Fills everything below a line, given by its height at each column. */
    ground(top: (x: number) => number, colour: Colour): void {
        for (let x = 0; x < this.width; x += 1) {
            const edge = top(x);
            for (let y = Math.max(0, Math.floor(edge)); y < this.height; y += 1) {
                this.#blend(x, y, colour, Math.min(1, y + 1 - edge));
            }
        }
    }

    circle([x, y]: Point, radius: number, colour: Colour, opacity = 1): void {
        this.ellipse([x, y], [radius, radius], colour, opacity);
    }

    ellipse([cx, cy]: Point, [rx, ry]: Point, colour: Colour, opacity = 1): void {
        const distance: Distance = (x, y) => (length((x - cx) / rx, (y - cy) / ry) - 1) * Math.min(rx, ry);
        this.#fill([cx - rx, cy - ry], [cx + rx, cy + ry], distance, colour, () => opacity);
    }

    /** A light that fades out. */
    glow([cx, cy]: Point, radius: number, colour: Colour): void {
        const distance: Distance = (x, y) => length(x - cx, y - cy) - radius;
        const fading = (x: number, y: number) => 0.6 * (1 - length(x - cx, y - cy) / radius) ** 2;
        this.#fill([cx - radius, cy - radius], [cx + radius, cy + radius], distance, colour, fading);
    }

    line([ax, ay]: Point, [bx, by]: Point, width: number, colour: Colour, opacity = 1): void {
        const long = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
        const distance: Distance = (x, y) => {
            const along = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / long));
            return length(x - ax - along * (bx - ax), y - ay - along * (by - ay)) - width / 2;
        };
        const from: Point = [Math.min(ax, bx) - width, Math.min(ay, by) - width];
        this.#fill(from, [Math.max(ax, bx) + width, Math.max(ay, by) + width], distance, colour, () => opacity);
    }

    polygon(points: readonly Point[], colour: Colour): void {
        const xs = points.map(([x]) => x);
        const ys = points.map(([, y]) => y);
        const edges = points.map(([ax, ay], at) => {
            const [bx, by] = points[(at + 1) % points.length] as Point;
            return { ax, ay, dx: bx - ax, dy: by - ay, long: (bx - ax) ** 2 + (by - ay) ** 2 || 1 };
        });
        const distance: Distance = (x, y) => {
            let nearest = Number.POSITIVE_INFINITY;
            let isInside = false;
            for (const { ax, ay, dx, dy, long } of edges) {
                const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / long));
                const offX = x - ax - along * dx;
                const offY = y - ay - along * dy;
                nearest = Math.min(nearest, offX * offX + offY * offY);
                if (ay > y !== ay + dy > y && x < (dx * (y - ay)) / dy + ax) {
                    isInside = !isInside;
                }
            }
            return isInside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
        };
        this.#fill([Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)], distance, colour, () => 1);
    }

    #fill(from: Point, to: Point, distance: Distance, colour: Colour, opacity: Distance): void {
        const right = Math.min(this.width - 1, Math.ceil(to[0]));
        const bottom = Math.min(this.height - 1, Math.ceil(to[1]));
        for (let y = Math.max(0, Math.floor(from[1]) - 1); y <= bottom; y += 1) {
            for (let x = Math.max(0, Math.floor(from[0]) - 1); x <= right; x += 1) {
                const covered = 0.5 - distance(x + 0.5, y + 0.5);
                if (covered > 0) {
                    this.#blend(x, y, colour, Math.min(1, covered) * opacity(x + 0.5, y + 0.5));
                }
            }
        }
    }

    #blend(x: number, y: number, colour: Colour, share: number): void {
        const at = (y * this.width + x) * 3;
        const { pixels } = this;
        const [red, green, blue] = [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
        // Writing to a byte truncates, so 0.5 is added to round.
        pixels[at] = red + (colour[0] - red) * share + 0.5;
        pixels[at + 1] = green + (colour[1] - green) * share + 0.5;
        pixels[at + 2] = blue + (colour[2] - blue) * share + 0.5;
    }
}

/** `share` of the second colour in the first one. */
export function mixed(one: Colour, other: Colour, share: number): Colour {
    return [0, 1, 2].map((part) => Math.round((one[part] ?? 0) + ((other[part] ?? 0) - (one[part] ?? 0)) * share)) as [
        number,
        number,
        number,
    ];
}

/** Faster than `Math.hypot`, which takes any number of arguments. */
function length(x: number, y: number): number {
    return Math.sqrt(x * x + y * y);
}
