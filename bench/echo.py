"""A chat that only repeats what it hears: what Chainlit itself costs."""

import chainlit as cl


@cl.on_message
async def repeat(message: cl.Message) -> None:
    await cl.Message(message.content).send()
