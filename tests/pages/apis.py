"""APIs by the libraries that people use: GraphQL by graphene and strawberry, REST by DRF and django-ninja."""

from __future__ import annotations

import graphene
import strawberry
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from graphene_django.views import GraphQLView as GrapheneView
from ninja import NinjaAPI
from rest_framework import serializers, viewsets
from rest_framework.routers import DefaultRouter
from strawberry.django.views import AsyncGraphQLView, GraphQLView
from strawberry.file_uploads import Upload
from strawberry.schema.config import StrawberryConfig

from catalog.models import Product


class Query(graphene.ObjectType):
    products = graphene.List(graphene.String, named=graphene.String())

    def resolve_products(self, info: object, named: str = "") -> list[str]:
        return [product.brand.name for product in Product.objects.order_by("id")]


class Rename(graphene.Mutation):
    class Arguments:
        name = graphene.String()

    count = graphene.Int()

    def mutate(self, info: object, name: str) -> Rename:
        return Rename(count=Product.objects.update(name=name))


class Mutation(graphene.ObjectType):
    rename = Rename.Field()


@strawberry.type
class Shelf:
    @strawberry.field
    def products(self, named: str = "") -> list[str]:
        return [product.name for product in Product.objects.order_by("id")]


@strawberry.type
class AsyncShelf:
    @strawberry.field
    async def products(self, named: str = "") -> list[str]:
        return [product.name async for product in Product.objects.order_by("id")]


@strawberry.type
class Changes:
    @strawberry.mutation
    def upload(self, file: Upload) -> int:
        return Product.objects.count()


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["id", "name"]


class Products(viewsets.ModelViewSet[Product]):
    queryset = Product.objects.order_by("id")
    serializer_class = ProductSerializer
    authentication_classes = ()


router = DefaultRouter()
router.register("products", Products)
ninja = NinjaAPI(urls_namespace="ninja-for-tests")


@ninja.get("/items/{int:item_id}")
def item(request: HttpRequest, item_id: int) -> dict[str, str]:
    return {"name": Product.objects.get(pk=item_id).name}


@ninja.post("/items")
def add_item(request: HttpRequest) -> dict[str, int]:
    return {"count": Product.objects.count()}


def old(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse(slug)


schema = graphene.Schema(query=Query, mutation=Mutation)
batched = StrawberryConfig(batching_config={"max_operations": 10})
shelf = strawberry.Schema(Shelf, Changes, config=batched)
urlpatterns = [
    path("graphene/", csrf_exempt(GrapheneView.as_view(schema=schema, graphiql=True))),
    path("graphene/batch/", csrf_exempt(GrapheneView.as_view(schema=schema, batch=True))),
    path("strawberry/", GraphQLView.as_view(schema=shelf, multipart_uploads_enabled=True)),
    path("strawberry/async/", AsyncGraphQLView.as_view(schema=strawberry.Schema(AsyncShelf))),
    path("rest/", include(router.urls)),
    path("ninja/", ninja.urls),
    re_path(r"^old/(?P<slug>[\w-]+)/$", old),
]
