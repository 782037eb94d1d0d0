/** Faults that a person can switch on and off; other faults are set over HTTP (`npm run upstreams -- --help`). */
import type { Control } from "../control.ts";
import type { FaultInput } from "../faults.ts";

/** A fault that lasts while the switch is on. */
export interface Switch {
    id: string;
    /** The fault in words. */
    label: string;
    isOn: boolean;
}

const FAULTS: Record<string, { label: string; fault: FaultInput }> = {
    "bedrock-throttle": { label: "Bedrock is busy", fault: { upstream: "bedrock", kind: "throttle" } },
    "bedrock-nonsense": { label: "Models answer nonsense", fault: { upstream: "bedrock", kind: "nonsense" } },
    "bedrock-refuse": { label: "Models refuse", fault: { upstream: "bedrock", kind: "refuse" } },
    "bedrock-down": { label: "Bedrock is down", fault: { upstream: "bedrock", kind: "down" } },
    "gemini-throttle": { label: "Google is busy", fault: { upstream: "gemini", kind: "throttle" } },
    "gemini-refuse": { label: "Google refuses pictures", fault: { upstream: "gemini", kind: "refuse" } },
    "search-empty": { label: "DuckDuckGo finds nothing", fault: { upstream: "duckduckgo", kind: "empty" } },
    "search-down": { label: "DuckDuckGo is down", fault: { upstream: "duckduckgo", kind: "down" } },
    "speech-throttle": { label: "Speech is busy", fault: { upstream: "tts", kind: "throttle" } },
    "speech-break": { label: "Speech breaks off", fault: { upstream: "tts", kind: "breakOff" } },
};

export function switchesOf(control: Control): Switch[] {
    const set = control.faults();
    return Object.entries(FAULTS).map(([id, { label, fault }]) => ({
        id,
        label,
        isOn: set.some(
            ({ upstream, kind, times }) => upstream === fault.upstream && kind === fault.kind && times === 0,
        ),
    }));
}

/** Returns whether there is such a switch. */
export function setSwitch(control: Control, id: string, on: boolean): boolean {
    const found = Object.hasOwn(FAULTS, id) ? FAULTS[id] : undefined;
    if (!found) {
        return false;
    }
    const { upstream } = found.fault;
    const others = switchesOf(control).filter(
        (one) => one.isOn && one.id !== id && FAULTS[one.id]?.fault.upstream === upstream,
    );
    control.heal(upstream);
    for (const { fault } of [...others.flatMap((one) => FAULTS[one.id] ?? []), ...(on ? [found] : [])]) {
        control.fault({ ...fault, times: 0 });
    }
    return true;
}
