/** Returns a part of a component. @throws {Error} saying `why` the component has no such part */
export function existing<Part>(part: Part | undefined, why: string): Part {
    if (part === undefined) {
        throw new Error(`the component has no ${why}`);
    }
    return part;
}
