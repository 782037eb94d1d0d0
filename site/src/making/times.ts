/** How long each agent took the last time in this browser: the only thing by which one can say how long it takes. */

const KEY = "story-42-agent-times";

export function expectedTimes(): Partial<Record<string, number>> {
    try {
        return JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
    } catch {
        return {};
    }
}

export function keepTime(agent: string, milliseconds: number): void {
    localStorage.setItem(KEY, JSON.stringify({ ...expectedTimes(), [agent]: milliseconds }));
}
