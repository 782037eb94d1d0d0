import { nameOf } from "../../automation/engine/progress.ts";
import { cases } from "../../standins/gateway/cases/index.ts";
import type { Screen } from "../lib/screen.ts";
import type { StoredState } from "./storedState.ts";

/** A part of a deployment that the emulator lacks, so that only the stack's state has it. */
export interface NotEmulated {
    type: string;
    name: string;
    /** The settings, or the whole resource. */
    settings: string[] | "all";
}

/** The parts of a stack's state that the emulator lacks. */
export function notEmulated({ resources }: StoredState): NotEmulated[] {
    const lacking = cases.flatMap((one) => (one.notEmulated ? [one.notEmulated] : []));
    return resources.flatMap(({ urn, type, inputs = {} }) => {
        const ofType = lacking.filter((one) => one.type === type);
        const settings = ofType.some((one) => one.settings === "all")
            ? ("all" as const)
            : ofType.flatMap((one) => [...one.settings]).filter((name) => inputs[name] !== undefined);
        return settings.length === 0 ? [] : [{ type, name: nameOf(urn).name, settings }];
    });
}

/** Prints them, one line for each kind. */
export function printNotEmulated(screen: Screen, all: NotEmulated[]): void {
    if (all.length === 0) {
        return;
    }
    const byKind = new Map<string, string[]>();
    for (const { type, settings, name } of all) {
        const kind = settings === "all" ? type : `${type} ${settings.join(", ")}`;
        byKind.set(kind, [...(byKind.get(kind) ?? []), name]);
    }
    screen.line();
    screen.line("Not emulated (the emulator lacks it; the stack's state alone has it):");
    for (const [kind, names] of byKind) {
        screen.line(`  ${kind}: ${names.join(", ")}`);
    }
}
