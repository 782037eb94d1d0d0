/** What was given is not a Terraform state that can be taken over. Nothing was changed. */
export class StateError extends Error {
    override readonly name = "StateError";
    /** What a person can do. */
    readonly advice: string;

    constructor(message: string, advice: string) {
        super(message);
        this.advice = advice;
    }
}
