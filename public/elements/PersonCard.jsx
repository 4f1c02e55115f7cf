import { memo } from "react"
import { User } from "lucide-react"

const css = `
.hub-person { font-size: 0.875rem; display: grid; gap: 0.9rem; }
.hub-person header { display: flex; align-items: center; gap: 0.6rem; }
.hub-person header svg { width: 1.25rem; height: 1.25rem; flex: none; color: hsl(var(--primary)); }
.hub-person h3 { font-size: 1.1rem; font-weight: 650; overflow-wrap: anywhere; }
.hub-person dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.7rem 1rem; }
.hub-person dt { font-size: 0.78rem; color: hsl(var(--muted-foreground)); }
.hub-person dd { font-weight: 500; overflow-wrap: anywhere; }
.hub-person .buttons { display: flex; flex-wrap: wrap; gap: 0.4rem; }
.hub-person button { border: 1px solid hsl(var(--border)); border-radius: 0.45rem; padding: 0.35rem 0.7rem; font-weight: 550; cursor: pointer; }
.hub-person button:hover { background: hsl(var(--muted)); }
.hub-person button:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
`

function PersonCard({ props, sendUserMessage }) {
  return (
    <article className="hub-person not-prose" aria-label={`Account of ${props.name}`}>
      <style>{css}</style>
      <header><User aria-hidden="true" /><h3>{props.name}</h3></header>
      <dl>
        {props.facts.filter(({ value }) => value !== "").map(({ title, value }) => <div key={title}><dt>{title}</dt><dd>{String(value)}</dd></div>)}
      </dl>
      <div className="buttons">
        {props.buttons.map(([title, message]) => <button type="button" key={title} onClick={() => sendUserMessage(message)}>{title}</button>)}
      </div>
    </article>
  )
}

const Same = hub.once("PersonCard", () => memo(PersonCard))
export default <Same props={props} sendUserMessage={sendUserMessage} />
