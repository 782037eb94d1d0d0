import { styleText } from "node:util";

const REDRAW_MS = 120;
/** Interval between progress lines without a terminal. */
const HEARTBEAT_MS = 20_000;

/** A step of a command that takes some time. */
export interface Step {
    /** Shows what the step is doing now, until the next call. */
    progress(text: string): void;
    /** Ends the step with its result. */
    done(outcome: string): void;
    failed(outcome: string): void;
}

/**
 * The output of a command: lines that stay and, on a terminal, the running steps below them. Without a terminal, plain
 * lines, and progress lines at intervals.
 */
export class Screen {
    readonly #out: NodeJS.WriteStream;
    readonly #running = new Map<string, { since: number; text: string }>();
    #drawn = 0;
    #timer: NodeJS.Timeout | undefined;

    constructor(out: NodeJS.WriteStream = process.stdout) {
        this.#out = out;
    }

    /** Prints a line that stays. */
    line(text = ""): void {
        this.#erase();
        this.#out.write(`${text}\n`);
        this.#draw();
    }

    /** Starts a step. */
    step(title: string): Step {
        const entry = { since: Date.now(), text: "" };
        this.#running.set(title, entry);
        if (!this.#out.isTTY) {
            this.line(`… ${title}`);
        }
        this.#timer ??= setInterval(() => this.#tick(), this.#out.isTTY ? REDRAW_MS : HEARTBEAT_MS);
        const end = (mark: string, outcome: string) => {
            if (this.#running.delete(title)) {
                this.line(`${mark} ${title}: ${outcome} (${duration(Date.now() - entry.since)})`);
            }
            if (this.#running.size === 0) {
                clearInterval(this.#timer);
                this.#timer = undefined;
            }
        };
        return {
            progress: (text) => {
                entry.text = text;
            },
            done: (outcome) => end(this.#color("green", "✓"), outcome),
            failed: (outcome) => end(this.#color("red", "✗"), outcome),
        };
    }

    /** Removes the running steps from the terminal. */
    close(): void {
        this.#erase();
        this.#running.clear();
        clearInterval(this.#timer);
        this.#timer = undefined;
    }

    #color(color: "green" | "red", text: string): string {
        return this.#out.isTTY ? styleText(color, text) : text;
    }

    #tick(): void {
        if (this.#out.isTTY) {
            this.#erase();
            this.#draw();
            return;
        }
        for (const [title, { since, text }] of this.#running) {
            this.#out.write(`… ${title}: ${duration(Date.now() - since)}${text && `, ${text}`}\n`);
        }
    }

    #draw(): void {
        if (!this.#out.isTTY) {
            return;
        }
        const width = (this.#out.columns || 80) - 1;
        for (const [title, { since, text }] of this.#running) {
            const line = `… ${title} ${duration(Date.now() - since)}  ${text}`;
            this.#out.write(`${line.length > width ? `${line.slice(0, width - 1)}…` : line}\n`);
            this.#drawn++;
        }
    }

    #erase(): void {
        if (this.#drawn > 0) {
            this.#out.write(`\x1b[${this.#drawn}A\x1b[0J`);
            this.#drawn = 0;
        }
    }
}

/** A duration for display: `0.4 s`, `12 s`, `2 min 40 s`. */
export function duration(ms: number): string {
    const seconds = ms / 1000;
    if (seconds < 9.95) {
        return `${seconds.toFixed(1)} s`;
    }
    const whole = Math.round(seconds);
    return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
