import { StoryError } from "../errors.ts";
import type { AdoptionPlan, Refusal } from "./plan.ts";

/** Taking the deployment over would delete, replace or miss resources that must be kept. Nothing was changed. */
export class AdoptionRefusedError extends StoryError {
    override readonly name = "AdoptionRefusedError";
    readonly refusals: readonly Refusal[];
    readonly advice: string;

    constructor({ stack, refusals }: Pick<AdoptionPlan, "stack" | "refusals">) {
        super(
            `Stack ${stack} can't take the deployment over:\n${refusals.map(({ message }) => `  ${message}`).join("\n")}`,
        );
        this.refusals = refusals;
        this.advice = refusals.map(({ advice }) => advice).join("\n");
    }
}
