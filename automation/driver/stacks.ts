import pLimit from "p-limit";
import type { StackOptions, StoryStacksOptions } from "../options.ts";
import { Driver } from "./driver.ts";
import { StoryStack } from "./stack.ts";

/** The stacks of one backend. The constructor opens nothing; each operation opens what it needs, and closes it. */
export class StoryStacks {
    readonly #driver: Driver;

    /** @throws {RangeError} when `concurrency` is not a whole number from 1 */
    constructor(options: StoryStacksOptions = {}) {
        const { concurrency = 4 } = options;
        if (!Number.isInteger(concurrency) || concurrency < 1) {
            throw new RangeError(`concurrency is ${concurrency}; it must be a whole number from 1`);
        }
        this.#driver = new Driver(options, pLimit(concurrency));
    }

    /** A stack, by its name in the backend; its operations fail if it does not exist. */
    open(name: string, options: StackOptions = {}): StoryStack {
        return new StoryStack(name, options, this.#driver);
    }

    /** The names of the stacks that are in the backend, in no order. */
    async names(): Promise<string[]> {
        return await this.#driver.stackNames();
    }
}
