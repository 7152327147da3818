// HTML of messages as the frame of the panel takes it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { framedHtml } from './framed.ts'

test('styles carry the nonce, those of attributes too; what runs or is fetched goes', () => {
  const html = [
    '<style>p { color: red; background: url("https://x.example/a.png") } @import "https://x.example/b.css";</style>',
    '<p class="a" style="font-family: &quot;Arial&quot;; background:url(https://x.example/c)" onclick="alert(1)">Hello & <b>you</b> 1 < 2</p>',
    '<script>alert("<p>")</script><img src="https://x.example/pixel.png" alt="a > b"><link rel=stylesheet href=x><a href="https://shop.example/">shop</a><br/>',
  ].join('')
  assert.equal(
    framedHtml(html, 'N'),
    [
      '<style nonce="N">p { color: red; background: none } </style>',
      '<p class="a" data-hms="0">Hello & <b>you</b> 1 &lt; 2</p>',
      '<img alt="a > b"><a href="https://shop.example/">shop</a><br />',
      '<style nonce="N">:is(#a#b#c, [data-hms="0"]) { font-family: "Arial"; background:none }</style>',
    ].join(''),
  )
})

test('what does not end ends the text', () => {
  assert.equal(framedHtml('<p>a</p><img src="x', 'N'), '<p>a</p>')
  assert.equal(framedHtml('<p>a<script>b', 'N'), '<p>a')
  assert.equal(framedHtml('<style>p{}', 'N'), '<style nonce="N">p{}</style>')
  assert.equal(framedHtml('a <', 'N'), 'a &lt;')
})

test('what a browser reads as no markup hides none from it: comments, declarations, instructions, text of fields and of titles', () => {
  const link = '<link rel="preconnect" href="https://x.example">'
  const hidden = [
    `<!--<img title="-->${link}">-->`,
    `<!--><img title="-->${link}">`,
    `<!---><img title="-->${link}">`,
    `<!--<img title="--!>${link}">-->`,
    `<!x <img title=">${link}">`,
    `<?x <img title=">${link}">`,
    `</ <img title=">${link}">`,
    `<![CDATA[<img title=">${link}]]>">`,
    ...['title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript', 'plaintext', 'TITLE'].map(
      (name) => `<${name}><img title="</${name}>${link}">`,
    ),
    `<p <img title=">${link}">`,
    `<link${'\0'} rel=preconnect href=//x.example>`,
    `<a"<link rel=preconnect href=//x.example>`,
    `<template><p title="</template>${link}">`,
  ]
  for (const html of hidden) {
    const framed = framedHtml(html, 'N')
    // Whatever begins a tag in it was written by the frame, and what a value holds is within its marks.
    const bare = framed.replaceAll(/"[^"]*"/g, '""')
    assert.doesNotMatch(bare, /<(?!\/?(?:img|p|style)\b)|link/i, html)
    assert.doesNotMatch(framed, /<[!?]/, html)
  }
  assert.equal(framedHtml('<!DOCTYPE html PUBLIC "x"><!-- a --><p>b<!--[if mso]><i>c</i><![endif]--></p>', 'N'), '<!doctype html><p>b</p>')
})
