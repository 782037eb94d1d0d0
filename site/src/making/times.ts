/** Each agent's last duration in this browser: the only basis for an estimate. */

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
