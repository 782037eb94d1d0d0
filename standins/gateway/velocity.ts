/**
 * The part of API Gateway's mapping templates (Apache Velocity) that answers a preflight: `#set`, `#if`, `#elseif`, `#else`,
 * `#end`, comparisons, the request's parameters and `$context.responseOverride`.
 */

/** The result of a template. */
export interface Rendered {
    text: string;
    /** `$context.responseOverride.header`, by name. */
    headers: Record<string, string>;
    /** `$context.responseOverride.status` */
    status?: number;
}

export interface TemplateInput {
    headers: Record<string, string>;
    query: Record<string, string>;
}

const OVERRIDE = "context.responseOverride.";

/** @throws {SyntaxError} for invalid templates, and for unsupported parts of Velocity */
export function renderTemplate(template: string, input: TemplateInput): Rendered {
    const rendering = new Rendering(template, input);
    rendering.block(true);
    return rendering.rendered;
}

class Rendering {
    readonly rendered: Rendered = { text: "", headers: {} };
    readonly #variables: Record<string, unknown>;
    readonly #template: string;
    #at = 0;

    constructor(template: string, { headers, query }: TemplateInput) {
        this.#template = template;
        this.#variables = { input: { "params()": { header: headers, querystring: query, path: {} } } };
    }

    /** Renders up to the directive that ends the block, and returns it; writes nothing if `active` is false. */
    block(active: boolean): string | undefined {
        while (this.#at < this.#template.length) {
            const directive = this.#take(/#\{?(set|if|elseif|else|end)\b\}?/y);
            if (directive === undefined) {
                const text = this.#take(/\$!?(?=[a-zA-Z])/y) ? this.#reference() : this.#take(/[\s\S]/y);
                this.rendered.text += active ? (text ?? "") : "";
                continue;
            }
            const name = directive.replaceAll(/[#{}]/g, "");
            if (name === "set") {
                this.#set(active);
            } else if (name === "if") {
                this.#if(active);
            } else {
                return name;
            }
        }
        return undefined;
    }

    #set(active: boolean): void {
        this.#need(/\(\s*\$/y);
        const target = this.#need(/[\w.-]+/y);
        this.#need(/\s*=/y);
        const value = this.#either();
        this.#need(/\s*\)/y);
        if (!active) {
            return;
        }
        if (target.startsWith(`${OVERRIDE}header.`)) {
            this.rendered.headers[target.slice(`${OVERRIDE}header.`.length)] = String(value ?? "");
        } else if (target === `${OVERRIDE}status`) {
            this.rendered.status = Number(value);
        } else if (value !== undefined) {
            this.#variables[target] = value;
        }
    }

    #if(active: boolean): void {
        let open = active;
        let ended: string | undefined = "elseif";
        while (ended === "elseif") {
            const holds = this.#condition() && open;
            open &&= !holds;
            ended = this.block(holds);
        }
        if (ended === "else") {
            ended = this.block(open);
        }
        if (ended !== "end") {
            throw new SyntaxError("a template's #if has no #end");
        }
    }

    #condition(): boolean {
        this.#need(/\s*\(/y);
        const value = Boolean(this.#either());
        this.#need(/\s*\)/y);
        return value;
    }

    #either(): unknown {
        let value = this.#both();
        while (this.#take(/\s*\|\|/y)) {
            const other = this.#both();
            value = Boolean(value) || Boolean(other);
        }
        return value;
    }

    #both(): unknown {
        let value = this.#comparison();
        while (this.#take(/\s*&&/y)) {
            const other = this.#comparison();
            value = Boolean(value) && Boolean(other);
        }
        return value;
    }

    #comparison(): unknown {
        const value = this.#value();
        const sign = this.#take(/\s*[!=]=/y)?.trim();
        return sign === undefined ? value : (value === this.#value()) === (sign === "==");
    }

    #value(): unknown {
        if (this.#take(/\s*!(?!=)/y)) {
            return !this.#value();
        }
        if (this.#take(/\s*\(/y)) {
            const value = this.#either();
            this.#need(/\s*\)/y);
            return value;
        }
        const text = this.#take(/\s*(?:"[^"]*"|'[^']*')/y)?.trim();
        if (text !== undefined) {
            return text.slice(1, -1);
        }
        const number = this.#take(/\s*\d+/y);
        if (number !== undefined) {
            return Number(number);
        }
        this.#take(/\s+/y);
        this.#need(/\$!?/y);
        return this.#reference();
    }

    #reference(): unknown {
        let value: unknown = this.#variables[this.#need(/\w+/y)];
        for (;;) {
            const get = this.#take(/\.get\(\s*(?:"[^"]*"|'[^']*')\s*\)/y);
            const step = get?.split(/["']/)[1] ?? this.#take(/\.params\(\)|\.[a-zA-Z][\w-]*/y)?.slice(1);
            if (step === undefined) {
                return value;
            }
            value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
        }
    }

    #take(pattern: RegExp): string | undefined {
        pattern.lastIndex = this.#at;
        const found = pattern.exec(this.#template)?.[0];
        this.#at += found?.length ?? 0;
        return found;
    }

    #need(pattern: RegExp): string {
        const found = this.#take(pattern);
        if (found === undefined) {
            throw new SyntaxError(
                `a template can't be read from here on: ${this.#template.slice(this.#at, this.#at + 60)}`,
            );
        }
        return found;
    }
}
