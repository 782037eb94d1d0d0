/** A part of a component that a program uses. @throws {Error} saying why it has none, if it was not asked for */
export function existing<Part>(part: Part | undefined, why: string): Part {
    if (part === undefined) {
        throw new Error(`the component has no ${why}`);
    }
    return part;
}
