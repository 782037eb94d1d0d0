import { StoryError } from "../errors.ts";

/** The input is not the Terraform state of the stack's deployment. Nothing was changed. */
export class StateError extends StoryError {
    override readonly name = "StateError";
    readonly advice: string;

    constructor(message: string, advice: string) {
        super(message);
        this.advice = advice;
    }
}
