import type { ReactNode } from "react";

interface ChoiceProps {
    legend: string;
    name: string;
    options: { value: string; label: string; picture?: ReactNode }[];
    /** The option that is chosen at first. Default: the first one. */
    initial: string | undefined;
}

/** One of few, all of which can be seen. */
export function Choice({ legend, name, options, initial }: ChoiceProps) {
    const chosen = options.some(({ value }) => value === initial) ? initial : options[0]?.value;
    return (
        <fieldset className="choice">
            <legend>{legend}</legend>
            {options.map(({ value, label, picture }) => (
                <label key={value} className="chip">
                    <input type="radio" name={name} value={value} defaultChecked={value === chosen} />
                    {picture}
                    <span>{label}</span>
                </label>
            ))}
        </fieldset>
    );
}
